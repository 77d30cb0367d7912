// `cleanup`: one plan over all backends, shown, and one y/N. Frozen runs and runs that live are
// not in it; ended ones are when they are older than `keep_ended`.

import { OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { type CleanupStep, openHostLedgerToFree, planCleanup } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { confirmWrite } from "../terminal/confirm-write.ts"
import { showProgress } from "../terminal/progress.ts"
import { formatTable } from "../terminal/table.ts"

export interface CleanupFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export async function runCleanup(host: Host, flags: CleanupFlags): Promise<number> {
  const { env, screen } = host
  const dryRun = flags.dryRun === true || env.dryRun
  await using ledger = await openHostLedgerToFree(host)
  const { steps, remarks } = await showProgress(screen, "looking for leftovers", planCleanup(controlHost(host), ledger))
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
  else for (const line of planLines(host, steps)) screen.print(line)

  if (steps.length === 0 || dryRun) {
    if (steps.length > 0) screen.note("bot-bottle: dry run, nothing removed")
    return 0
  }
  const question = `Remove ${steps.length === 1 ? "it" : `all ${steps.length}`}?`
  if (!(await confirmWrite(screen, { given: flags.yes === true, question, without: "bot-bottle cleanup --yes" })))
    return 0
  return await carryOut(host, steps)
}

function planLines({ screen }: Host, steps: readonly CleanupStep[]): readonly string[] {
  const columns = [
    { title: screen.paint.bold("REMOVES"), minWidth: 24 },
    { title: "BECAUSE", minWidth: 16 },
  ]
  return formatTable(
    columns,
    steps.map(({ what, why }) => [sanitizeLine(what), sanitizeLine(why)]),
    { width: screen.width },
  )
}

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
