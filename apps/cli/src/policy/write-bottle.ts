// Writes a bottle's file after its changes were shown, and gives its running runs the new policy.

import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { OperatorProblem, type Run, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { openHostLedger } from "@bot-bottle/control"
import { listChanges, shownPath } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import type { Screen } from "../terminal/screen.ts"

export function showChanges({ print, paint }: Screen, before: string, after: string): void {
  for (const { sign, line, text: shown } of listChanges(before, after)) {
    const color = sign === "+" ? "green" : "red"
    print(paint.named(color, `  ${sign} ${String(line).padStart(3)}  ${sanitizeLine(shown)}`))
  }
}

/** Atomic; refuses to overwrite an edit made meanwhile. */
export function replaceFile(file: string, before: string, after: string): void {
  if (readFileSync(file, "utf8") !== before) {
    throw new OperatorProblem(`${shownPath(file)} has changed meanwhile`, { hint: "run the command again" })
  }
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, after, { mode: statSync(file).mode & 0o777, flag: "wx" })
  renameSync(draft, file)
}

export async function reloadRunsOf(host: Host, bottle: string): Promise<number> {
  const slugs = await listRunningIn(host, bottle)
  const { runReload } = await import("../commands/reload.ts")
  let exitCode = 0
  for (const slug of slugs) {
    try {
      await runReload(host, slug)
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error
      exitCode = 1
      host.screen.note(`bot-bottle: error: ${error.message}`)
    }
  }
  if (slugs.length === 0) host.screen.print(`${bottle}: written; it holds from the next start`)
  return exitCode
}

async function listRunningIn(host: Host, bottle: string): Promise<readonly Slug[]> {
  await using ledger = await openHostLedger(host)
  const uses = ({ bottles, ancestors }: Run) => bottles.includes(bottle) || ancestors.includes(bottle)
  return (await ledger.listRuns({ all: false }))
    .filter((run) => run.host === ledger.host && isRunning(run))
    .filter(uses)
    .map(({ slug }) => slug)
}

function isRunning({ status }: Run): boolean {
  return status === "running" || status === "cut"
}
