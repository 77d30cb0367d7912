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
  loadForgeRoots,
  openForgeLaunch,
  openForgeState,
  openHostLedger,
  StopRequest,
} from "@bot-bottle/control"
import { createGitea, ForgeError } from "@bot-bottle/forge"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { exitCodeOf } from "../launch/finish-launch.ts"
import { ledgerHost } from "../ledger-host.ts"
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
  signal: AbortSignal,
  launch: (control: ControlHost, forge: ForgeContext) => Promise<LaunchEnd>,
): Promise<number> {
  const asked = host.env.find("FORGE_LAUNCH_ID")
  const forge = readForgeContext(host, flags, asked ?? randomUUID())
  const watchdogTimeoutMs = readWatchdogTimeoutMs(host.env, flags)
  // An orchestrator has looked already; by hand, a wrong token would show when the work is done.
  if (asked === undefined) {
    try {
      await checkForge(host, forge, signal)
    } catch (error) {
      if (error instanceof StopRequest) return error.exitCode
      throw error
    }
  }
  const record = asked === undefined ? undefined : await openForgeLaunch(host, asked)
  let byHand: HandledRun | undefined
  const onEvent = (event: ControlEvent) => {
    if (event.kind !== "run-started") return
    record?.write({ kind: "up", slug: event.slug })
    if (record === undefined) byHand = endByHand(host, event.slug, { forge, watchdogTimeoutMs })
  }
  try {
    const end = await launch(controlHost(host, { onEvent }), forge)
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

async function checkForge(host: Host, forge: ForgeContext, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  signal.addEventListener("abort", stop)
  const gitea = createGitea({
    ...forge,
    roots: await loadForgeRoots(host),
    knownPr: async () => null,
    branchPrefix: async () => undefined,
  })
  try {
    const asked = forge.issueNumber === null ? gitea.readDefaultBranch() : gitea.readIssue(forge.issueNumber)
    // Nothing has been started yet: a stop leaves at once.
    await showProgress<unknown>(host.screen, "asking the forge", Promise.race([asked, stopped.promise]))
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    throw new OperatorProblem(error.message, { cause: error, hint: "bot-bottle doctor --forge says what is missing" })
  } finally {
    signal.removeEventListener("abort", stop)
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
