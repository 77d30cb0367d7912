// `wait`: waits for the resets of providers' own limits, and resumes the runs that are parked until
// then. With `--once` it resumes those that are due and ends: for cron, and for other commands.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import {
  findLaunchFacts,
  listParkedRuns,
  openHostLedger,
  openHostLedgerToRead,
  type ParkedRun,
  resumeDueRuns,
  resumeFlagsOf,
  resumeParked,
} from "@bot-bottle/control"
import { pause } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { spawnBackgroundLauncher } from "../../background/background-launcher.ts"
import { chooseRun } from "../../choose-run/choose-run.ts"
import { wordProblem } from "../../format-problem.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { clockTime } from "../../messages/describe-parked.ts"
import { untilInterrupted } from "../../watch/until-interrupted.ts"

export interface WaitFlags {
  readonly once?: boolean
}

const INTERRUPTED_EXIT_CODE = 130
/** A host that slept, a clock that was set: the time is looked at again. */
const LOOK_MS = 15_000

export async function runWait(host: Host, names: readonly string[], flags: WaitFlags): Promise<number> {
  using interrupt = untilInterrupted()
  const slugs: Slug[] = []
  for (const name of names)
    slugs.push(...[await chooseRun(host, name, { live: false })].filter((slug) => slug !== undefined))
  if (!(await hasParked(host, slugs))) {
    if (flags.once !== true) host.screen.note("No parked runs.")
    return 0
  }
  await using ledger = await openHostLedger(ledgerHost(host), { parked: "leave" })
  if (flags.once === true) return await resumeOnce(host, ledger, slugs)
  const said = new Set<string>()
  let failures = 0
  for (;;) {
    const parked = await select(host, ledger, slugs)
    const [next] = parked
    if (next === undefined) {
      if (said.size === 0 && failures === 0) host.screen.note("No parked runs.")
      return failures === 0 ? 0 : 1
    }
    for (const { run, resumeAtMs } of parked) {
      const line = `${run.slug}: parked until ${clockTime(resumeAtMs, Date.now())}`
      if (!said.has(line)) host.screen.note(line)
      said.add(line)
    }
    failures += await resumeAll(host, ledger, parked)
    if (interrupt.signal.aborted) return INTERRUPTED_EXIT_CODE
    await pause(Math.max(0, Math.min(LOOK_MS, next.resumeAtMs - Date.now())), interrupt.signal)
    if (interrupt.signal.aborted) return INTERRUPTED_EXIT_CODE
  }
}

/** Asked first, and only read: where nothing waits the command writes nothing. */
async function hasParked(host: Host, slugs: readonly string[]): Promise<boolean> {
  await using ledger = await openHostLedgerToRead(ledgerHost(host), { parked: "leave" })
  return (await select(host, ledger, slugs)).length > 0
}

async function resumeOnce(host: Host, ledger: Ledger, slugs: readonly string[]): Promise<number> {
  const failures = await resumeDueRuns(ledger, async () => resumeAll(host, ledger, await select(host, ledger, slugs)))
  return failures === undefined || failures === 0 ? 0 : 1
}

/** Runs of a forge are continued by their orchestrator. */
async function select(host: Host, ledger: Ledger, slugs: readonly string[]): Promise<readonly ParkedRun[]> {
  const wanted = (await listParkedRuns(ledger, host.env.root)).filter(
    ({ run: { slug } }) => slugs.length === 0 || slugs.includes(slug),
  )
  const forge = await Promise.all(wanted.map(({ run }) => findLaunchFacts(host, run.slug)))
  return wanted.filter((_, index) => forge[index]?.forge === undefined)
}

/** How many could not be. */
async function resumeAll(host: Host, ledger: Ledger, parked: readonly ParkedRun[]): Promise<number> {
  let failures = 0
  for (const { run, resumeAtMs } of parked) {
    if (resumeAtMs > Date.now()) continue
    const outcome = await resumeParked(ledger, run, () => resumeInBackground(host, run.slug, ledger))
    if (outcome.outcome !== "failed") continue
    failures += 1
    const { message, hint } = await wordProblem(outcome.error, host.env.root)
    host.screen.note(`bot-bottle: warning: ${run.slug} was not resumed: ${message}`)
    if (hint !== undefined) host.screen.note(`bot-bottle: hint: ${hint}`)
  }
  return failures
}

async function resumeInBackground(host: Host, slug: string, ledger: Ledger): Promise<void> {
  const run = await ledger.findRun(slug)
  if (run === undefined) throw new OperatorProblem(`run '${slug}' is gone`)
  await using launcher = spawnBackgroundLauncher()
  const exitCode = await launcher.launch(host, {
    command: "resume",
    flags: await resumeFlagsOf(host.env.root, run),
    cwd: host.env.cwd,
    terminal: { columns: 80, rows: 24 },
    answers: [],
  })
  if (exitCode !== 0)
    throw new OperatorProblem(`it ended at once (exit ${exitCode})`, { hint: `bot-bottle resume ${slug}` })
}
