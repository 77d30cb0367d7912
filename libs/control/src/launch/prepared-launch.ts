// A launch that is resolved and not yet begun. Nothing has been written for it: what it sets, a
// budget for one, is written when it is run, which is after the yes.

import { openBackend } from "@bot-bottle/bottle"
import type { BudgetLimit, ProcessIdentity } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { SessionEnd } from "../events.ts"
import type { ForgeContext } from "../forge/forge-context.ts"
import type { ControlHost } from "../host.ts"
import { freshenLogins } from "../logins/freshen-logins.ts"
import { checkBudgetsLeft, type LaunchBudgets } from "../resolve/budgets/launch-budgets.ts"
import { findSmallBudgets } from "../resolve/budgets/small-budgets.ts"
import { findUncoveredProviders } from "../resolve/budgets/uncovered-providers.ts"
import { listLoginEnds } from "../resolve/credentials/find-credential.ts"
import { hashManifests, hashPolicy } from "../resolve/launch-hashes.ts"
import type { PreflightFacts, ResumedFacts } from "../resolve/preflight-facts.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { RunName } from "../resolve/run-name.ts"
import { runHostSession } from "../session/run-host-session.ts"
import type { SessionMode } from "../session/session-stdio.ts"
import { unlessStopped } from "../session/stop-request.ts"
import { checkRoom } from "./check-room.ts"
import { claimFreeLabel, claimLabel } from "./claims.ts"
import type { LaunchLease, Resumable } from "./launch-site.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { prepareImage } from "./prepare-image.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import { ensureToolchain } from "./toolchain.ts"

/** Disposing closes the ledger. */
export interface PreparedLaunch extends AsyncDisposable {
  readonly facts: PreflightFacts
  /** Fingerprints of what is about to be launched: another process can hold itself to them. */
  readonly hashes: { readonly policyHash: string; readonly manifestHash: string }
  /** Throws OperatorProblem for a launch that could not send a single request. */
  check(): Promise<void>
  /** Makes toolchain and image ready, for a launch that another process runs. Throws the StopRequest of the signal. */
  install(signal: AbortSignal): Promise<void>
  /** Resolves when the run has ended and nothing of it is left running. */
  run(options: RunOptions): Promise<SessionEnd>
}

/** A launch to look at, that nobody can launch. */
export type LaunchPreview = Pick<PreparedLaunch, "facts" | "check"> & AsyncDisposable

export interface RunOptions {
  readonly mode: SessionMode
  readonly proxy: ProxyProcess
  /** Aborting it ends the run. */
  readonly signal: AbortSignal
  readonly forge?: ForgeContext
  readonly lease?: LaunchLease
}

export interface Preparation {
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  readonly name: RunName
  readonly governing: LaunchBudgets
  /** Written when the launch is run. */
  readonly newLimits: readonly Omit<BudgetLimit, "source">[]
  readonly resumes: Resumable | undefined
  readonly resumed: ResumedFacts | undefined
  /** Throws OperatorProblem. */
  readonly checkMore: () => Promise<void>
}

export async function createPreparedLaunch(host: ControlHost, preparation: Preparation): Promise<PreparedLaunch> {
  const { ledger, name, governing, newLimits, resumes } = preparation
  let { launch } = preparation
  const { env } = host
  const backend = await openBackend(launch.backendName, env)
  return {
    facts: {
      launch,
      label: name.label,
      governing,
      smallBudgets: findSmallBudgets(launch.provider, governing),
      uncovered: findUncoveredProviders(governing, [
        ...(await ledger.listBudgets()),
        ...launch.budgetsFor("").declared,
      ]),
      limits: backend.describeLimits(launch.bottle.limits),
      logins: listLoginEnds(launch.credentials.values(), Date.now()),
      cwd: env.cwd,
      resumes: preparation.resumed,
    },
    hashes: { policyHash: hashPolicy(launch.routes), manifestHash: hashManifests(launch.agent, launch.bottle) },
    async check() {
      checkBudgetsLeft(governing, launch.provider)
      checkRoom(env.root)
      launch = await freshenLogins(launch, { env, ledger, self: loadOwnIdentity() })
      await preparation.checkMore()
    },
    async install(signal) {
      await unlessStopped(signal, ensureToolchain(host, ledger, launch))
      await unlessStopped(signal, prepareImage(host, launch))
    },
    async run({ mode, proxy, signal, forge, lease }) {
      if (launch.missing.length > 0) throw new Error("A preview cannot be launched")
      const launcher = loadOwnIdentity()
      for (const limit of newLimits) await ledger.setBudget(limit, { actor: env.operator })
      const claimed = await claimName(host, preparation, launcher)
      return await runHostSession(host, {
        ledger,
        launch,
        name: claimed,
        launcher,
        proxy,
        mode,
        signal,
        ...(resumes === undefined ? {} : { resumes }),
        ...(forge === undefined ? {} : { forge }),
        ...(lease === undefined ? {} : { lease }),
      })
    },
    [Symbol.asyncDispose]: () => ledger.close(),
  }
}

/** A new run gets a free label; a resumed run keeps its own. */
async function claimName(
  { notify }: ControlHost,
  preparation: Preparation,
  launcher: ProcessIdentity,
): Promise<RunName> {
  const { ledger, name, resumes } = preparation
  const { label } = name
  if (resumes !== undefined) {
    if ((await claimLabel(ledger, label, launcher)) === "taken") notify({ kind: "label-shared", label })
    return name
  }
  const given = await claimFreeLabel(ledger, label, launcher)
  if (given !== label) notify({ kind: "label-taken", label, given })
  return { ...name, label: given }
}
