// The verbs that launch. Their code is loaded when they are called: the proxy of a launch that
// needs no yes is started before that, because its start is the longest step.

import type { ResumeFlags, StartFlags } from "@bot-bottle/contracts"
import { Declined } from "./answer.ts"
import type { SessionEnd } from "./events.ts"
import type { ForgeContext } from "./forge/forge-context.ts"
import type { ControlHost } from "./host.ts"
import type { LaunchLease } from "./launch/launch-site.ts"
import type { LaunchPreview, PreparedLaunch } from "./launch/prepared-launch.ts"
import { type ProxyProcess, spawnProxy } from "./launch/proxy-process.ts"
import type { Ask } from "./questions.ts"
import type { ResolvedLaunch } from "./resolve/resolve-launch.ts"
import type { LaunchSurvey } from "./resolve/survey-launch.ts"
import type { SessionMode } from "./session/session-stdio.ts"
import { openUnlessStopped, StopRequest, unlessStopped } from "./session/stop-request.ts"

export interface LaunchOptions {
  readonly ask: Ask
  /** `ask`: nothing is launched, and nothing written, before `ask` says yes to the launch. */
  readonly confirm: "given" | "ask"
  readonly mode: SessionMode
  /** Aborting it ends the run; its reason is a StopRequest. */
  readonly signal: AbortSignal
  /** The issue that the run works on. Its agent gets the forge's tools and never the token. */
  readonly forge?: ForgeContext
  /** Under which a job is held. Absent: nobody else takes the work. */
  readonly lease?: LaunchLease
}

export type LaunchEnd =
  | { readonly outcome: "ended"; readonly end: SessionEnd }
  /** A question was answered with a no. Nothing was launched. */
  | { readonly outcome: "declined" }
  /** The signal was aborted before the run began. Nothing was launched. */
  | { readonly outcome: "stopped"; readonly by: string; readonly exitCode: number }

/** Launches a new run and resolves when it has ended. Throws OperatorProblem when it cannot be launched. */
export function start(host: ControlHost, flags: StartFlags, options: LaunchOptions): Promise<LaunchEnd> {
  return launch(host, options, () => prepareStart(host, flags, options.ask))
}

/** Resumes a run and resolves when it has ended. Throws as `start`. */
export function resume(host: ControlHost, flags: ResumeFlags, options: LaunchOptions): Promise<LaunchEnd> {
  return launch(host, options, () => prepareResume(host, flags, options.ask))
}

/** The start as it would be launched, for a look at it or for another process to run. */
export async function prepareStart(host: ControlHost, flags: StartFlags, ask: Ask): Promise<PreparedLaunch> {
  return (await import("./launch/prepare-start.ts")).prepareStart(host, flags, ask)
}

export async function prepareResume(host: ControlHost, flags: ResumeFlags, ask: Ask): Promise<PreparedLaunch> {
  return (await import("./launch/prepare-resume.ts")).prepareResume(host, flags, ask)
}

/** The same for a look only: a credential that is missing is noted, and nothing is asked. */
export async function previewStart(host: ControlHost, flags: StartFlags): Promise<LaunchPreview> {
  return (await import("./launch/prepare-start.ts")).previewStart(host, flags)
}

export async function previewResume(host: ControlHost, flags: ResumeFlags): Promise<LaunchPreview> {
  return (await import("./launch/prepare-resume.ts")).previewResume(host, flags)
}

/** For a person who is about to be asked. */
export async function surveyLaunch(env: ControlHost["env"], resolved: ResolvedLaunch): Promise<LaunchSurvey> {
  return (await import("./resolve/survey-launch.ts")).surveyLaunch(env, resolved)
}

async function launch(
  host: ControlHost,
  options: LaunchOptions,
  prepare: () => Promise<PreparedLaunch>,
): Promise<LaunchEnd> {
  try {
    return await launchPrepared(host, options, prepare)
  } catch (error) {
    if (error instanceof Declined) return { outcome: "declined" }
    if (error instanceof StopRequest) return { outcome: "stopped", by: error.by, exitCode: error.exitCode }
    throw error
  }
}

async function launchPrepared(
  host: ControlHost,
  options: LaunchOptions,
  prepare: () => Promise<PreparedLaunch>,
): Promise<LaunchEnd> {
  const { ask, confirm, mode, signal } = options
  const run = {
    mode,
    signal,
    ...(options.forge === undefined ? {} : { forge: options.forge }),
    ...(options.lease === undefined ? {} : { lease: options.lease }),
  }
  await using early = confirm === "given" ? spawnFor(host) : undefined
  // A database may let it wait, and so may a command that finds a credential.
  await using prepared = await openUnlessStopped(signal, prepare())
  const changes = prepared.facts.resumes?.changes ?? []
  if (confirm === "given") {
    if (changes.length > 0) host.notify({ kind: "changed-since-last-launch", changes })
    for (const budget of prepared.facts.smallBudgets) host.notify({ kind: "budget-small", budget })
    for (const uncovered of prepared.facts.uncovered) host.notify({ kind: "provider-uncovered", uncovered })
  }
  await unlessStopped(signal, prepared.check())
  if (
    confirm === "ask" &&
    (await ask({ kind: "launch", facts: prepared.facts, hashes: prepared.hashes })).outcome !== "yes"
  )
    return { outcome: "declined" }
  if (early !== undefined) return { outcome: "ended", end: await prepared.run({ ...run, proxy: early }) }
  await using proxy = spawnFor(host)
  return { outcome: "ended", end: await prepared.run({ ...run, proxy }) }
}

function spawnFor({ env, notify }: ControlHost): ProxyProcess {
  return spawnProxy({ path: env.path, onStderr: (line) => notify({ kind: "proxy-stderr", line }) })
}
