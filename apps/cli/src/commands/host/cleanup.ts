// `cleanup`: one plan over all backends, shown, and one y/N. Frozen runs and runs that live are
// not in it; ended ones are when they are older than `keep_ended`.

import { formatAge, formatBytes, formatCounted, OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { type CleanupStep, openHostLedgerToFree, planCleanup } from "@bot-bottle/control"
import { findTool } from "@bot-bottle/kernel"
import { loadSettings } from "@bot-bottle/manifest"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"
import { showProgress } from "../../terminal/progress.ts"
import { parseAge } from "../../terminal/since.ts"
import { formatTable } from "../../terminal/table.ts"

export interface CleanupFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly olderThan?: string
  readonly json?: boolean
}

export async function runCleanup(host: Host, flags: CleanupFlags): Promise<number> {
  const { env, screen } = host
  const dryRun = flags.dryRun === true || env.dryRun
  const keepEndedMs = readOlderThan(flags.olderThan)
  await using ledger = await openHostLedgerToFree(ledgerHost(host))
  const plan = planCleanup(controlHost(host), ledger, { keepEndedMs })
  const { steps, remarks, kept } = await showProgress(screen, "looking for leftovers", plan)
  for (const remark of remarks) screen.note(`bot-bottle: ${sanitizeLine(remark)}`)
  if (flags.json)
    screen.print(
      JSON.stringify(
        steps.map(({ kind, what, why }) => ({ kind, what, why })),
        null,
        2,
      ),
    )
  else if (steps.length === 0) screen.note("bot-bottle: nothing to clean up")
  else for (const line of await planLines(host, steps)) screen.print(line)
  if (flags.json !== true) await noteKept(host, kept)

  if (steps.length === 0 || dryRun) {
    if (steps.length > 0) screen.note("bot-bottle: dry run, nothing removed")
    return 0
  }
  const question = `Remove ${steps.length === 1 ? "it" : `all ${steps.length}`}?`
  if (!(await confirmWrite(screen, { given: flags.yes === true, question, without: "bot-bottle cleanup --yes" })))
    return 0
  return await carryOut(host, steps)
}

function readOlderThan(text: string | undefined): number | undefined {
  const age = text === undefined ? undefined : parseAge(text)
  if (text !== undefined && age === undefined) {
    throw new OperatorProblem(`--older-than '${text}' is not an age`, { exitCode: 2, hint: "use 90m, 12h, 7d or 2w" })
  }
  return age
}

async function planLines({ screen }: Host, steps: readonly CleanupStep[]): Promise<readonly string[]> {
  const sizes = await measureFolders(steps.flatMap(({ folder }) => folder ?? []))
  const columns = [
    { title: screen.paint.bold("REMOVES"), minWidth: 24 },
    { title: "SIZE", align: "right" as const, dropOrder: 1 },
    { title: "BECAUSE", minWidth: 16 },
  ]
  const sizeOf = (folder: string | undefined) => {
    const bytes = folder === undefined ? undefined : sizes.get(folder)
    return bytes === undefined ? "-" : formatBytes(bytes)
  }
  return formatTable(
    columns,
    steps.map(({ what, why, folder }) => [sanitizeLine(what), sizeOf(folder), sanitizeLine(why)]),
    { width: screen.width },
  )
}

async function noteKept({ env, screen }: Host, kept: readonly string[]): Promise<void> {
  if (kept.length === 0) return
  const sizes = await measureFolders(kept)
  const bytes = [...sizes.values()].reduce((sum, one) => sum + one, 0)
  const runs = formatCounted(kept.length, "ended run keeps", "ended runs keep")
  const { keepEndedMs } = loadSettings(env.root)
  const until =
    keepEndedMs > 0 ? ` until ${formatAge(keepEndedMs)} after ${kept.length === 1 ? "its end" : "their ends"}` : ""
  screen.note(
    `bot-bottle: ${runs} ${formatBytes(bytes)}${until}; to remove them sooner: bot-bottle cleanup --older-than 1h`,
  )
}

/** By the system's own `du`, which knows of sparse and of linked files. Without it there are no sizes. */
async function measureFolders(folders: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const du = findTool("du")
  if (du === undefined || folders.length === 0) return new Map()
  const argv = [du, "-sk", "--one-file-system", "--", ...folders]
  const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "ignore"], timeout: MEASURE_MS })
  const lines = (await child.stdout.text()).split("\n")
  return new Map(
    lines.flatMap((line) => {
      const [, kib, folder] = /^(\d+)\t(.*)$/.exec(line) ?? []
      return folder === undefined ? [] : [[folder, Number(kib) * 1024] as const]
    }),
  )
}

const MEASURE_MS = 10_000

/** A step that fails is reported, and does not stop the rest. */
async function carryOut({ screen }: Host, steps: readonly CleanupStep[]): Promise<number> {
  const tally = { done: 0, kept: 0, failed: 0 }
  for (const { what, act } of steps) {
    try {
      const outcome = await showProgress(screen, `removing ${sanitizeLine(what)}`, act())
      tally[outcome] += 1
      if (outcome === "kept") screen.note(`bot-bottle: left as it is, it has changed meanwhile: ${sanitizeLine(what)}`)
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error
      tally.failed += 1
      screen.note(`bot-bottle: error: ${sanitizeLine(what)}: ${sanitizeLine(error.message)}`)
    }
  }
  screen.note(`bot-bottle: ${tally.done} removed${tally.failed === 0 ? "" : `, ${tally.failed} not`}`)
  return tally.failed === 0 ? 0 : 1
}
