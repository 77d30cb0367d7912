// One launch of a forge run in this process: what `orchestrate start` and `resume` share. It ends
// when the run does.
//
// Asked for by an orchestrator, it begins once and says how far it has come. By hand, it does at
// the end what an orchestrator would: freeze after `signal_done`, and post the summary.

import { randomUUID } from "node:crypto"
import { OperatorProblem } from "@bot-bottle/contracts"
import {
  type ControlEvent,
  type ControlHost,
  type ForgeContext,
  type ForgeLaunchRecord,
  type LaunchEnd,
  type LaunchOptions,
  loadForgeRoots,
  openForgeLaunch,
  openForgeState,
  openHostLedger,
} from "@bot-bottle/control"
import { createGitea, ForgeError } from "@bot-bottle/forge"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { exitCodeOf } from "../launch/finish-launch.ts"
import { ledgerHost } from "../ledger-host.ts"
import { listenForStop } from "../stop-signals.ts"
import { showProgress } from "../terminal/progress.ts"
import { endByHand, type HandledRun } from "./end-by-hand.ts"
import {
  type ForgeFlags,
  readApi,
  readIssueNumber,
  readRepositories,
  readToken,
  readWatchdogTimeoutMs,
} from "./forge-settings.ts"

export async function runForgeLaunch(
  host: Host,
  flags: ForgeFlags,
  launch: (control: ControlHost, held: Required<Pick<LaunchOptions, "signal" | "forge">>) => Promise<LaunchEnd>,
): Promise<number> {
  const asked = host.env.find("FORGE_LAUNCH_ID")
  const forge = readForgeContext(host, flags, asked ?? randomUUID())
  const watchdogTimeoutMs = readWatchdogTimeoutMs(host.env, flags)
  // An orchestrator has looked already; by hand, a wrong token would show when the work is done.
  if (asked === undefined) await checkForge(host, forge)
  const record = asked === undefined ? undefined : await openForgeLaunch(host, asked)
  let byHand: HandledRun | undefined
  const onEvent = (event: ControlEvent) => {
    if (event.kind !== "run-started") return
    record?.write({ kind: "up", slug: event.slug })
    if (record === undefined) byHand = endByHand(host, event.slug, { forge, watchdogTimeoutMs })
  }
  try {
    const end = await launchUntilStopped((signal) => launch(controlHost(host, { onEvent }), { signal, forge }))
    if (end.outcome === "stopped") fail(record, new OperatorProblem(`the launch was ended by ${end.by}`))
    const exitCode = await exitCodeOf(end)
    await byHand?.conclude()
    return exitCode
  } catch (error) {
    fail(record, error)
    throw error
  } finally {
    byHand?.stopWatching()
  }
}

/** Before and after it there is no run to end, so a signal ends this process itself. */
async function launchUntilStopped(launch: (signal: AbortSignal) => Promise<LaunchEnd>): Promise<LaunchEnd> {
  using stop = listenForStop()
  return await launch(stop.signal)
}

/** Throws OperatorProblem when an orchestrator's run works on the issue: an issue has one run. */
export async function checkIssueIsFree(host: Host, flags: ForgeFlags): Promise<void> {
  const { env } = host
  const issue_number = readIssueNumber(env, flags.issue, "FORGE_ISSUE_NUMBER")
  if (issue_number === null || env.find("FORGE_LAUNCH_ID") !== undefined) return
  const [{ owner, repo }] = readRepositories(env, flags)
  await using ledger = await openHostLedger(ledgerHost(host))
  const state = await (await openForgeState(env.root, ledger)).read({ owner, repo, issue_number })
  if (state === undefined || state.status === "destroyed") return
  const run = state.slug === "" ? "a run" : `run ${state.slug}`
  throw new OperatorProblem(`${run} of the orchestrator works on ${owner}/${repo}#${issue_number}`, {
    hint: "comment on the issue to resume it, or close its pull request to end it",
  })
}

async function checkForge(host: Host, forge: ForgeContext): Promise<void> {
  const gitea = createGitea({
    ...forge,
    roots: await loadForgeRoots(host),
    knownPr: async () => null,
    branchPrefix: async () => undefined,
  })
  try {
    const asked = forge.issueNumber === null ? gitea.readDefaultBranch() : gitea.readIssue(forge.issueNumber)
    await showProgress<unknown>(host.screen, "asking the forge", asked)
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    throw new OperatorProblem(error.message, { cause: error, hint: "bot-bottle doctor --forge says what is missing" })
  }
}

function fail(record: ForgeLaunchRecord | undefined, error: unknown): void {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const hint = error instanceof OperatorProblem && error.hint !== undefined ? ` (${error.hint})` : ""
  record?.write({ kind: "failed", message: `${message}${hint}`.slice(0, 8_000) })
}

function readForgeContext({ env }: Host, flags: ForgeFlags, launchId: string): ForgeContext {
  const [repository] = readRepositories(env, flags)
  return {
    api: readApi(env, flags),
    token: readToken(env),
    ...repository,
    issueNumber: readIssueNumber(env, flags.issue, "FORGE_ISSUE_NUMBER"),
    prNumber: readIssueNumber(env, flags.pr, "FORGE_PR_NUMBER"),
    launchId,
  }
}
