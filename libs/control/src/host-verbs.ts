// Verbs about the host as a whole, each loaded when it is called.

import type { ApprovalDuration, Ask, LaunchFacts, Proposal, Run } from "@bot-bottle/contracts"
import type { ForgeStateStore, RunFacts, SharedRecords } from "@bot-bottle/forge"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { GoverningBudget, JobQueue, Ledger, OpenLedgerOptions } from "@bot-bottle/ledger"
import type { BottleManifest, ManifestLibrary } from "@bot-bottle/manifest"
import type { CleanupPlan } from "./cleanup/plan-cleanup.ts"
import type { ForgeLaunchRecord } from "./forge/forge-launch-record.ts"
import type { IssueRecordsOptions } from "./forge/issue-records.ts"
import type { ControlHost, HostEnv } from "./host.ts"
import type { executableOf } from "./launch/toolchain.ts"
import type { ListedLogin } from "./logins/list-host-logins.ts"
import type { OpenHostLedger } from "./open-host-ledger.ts"
import type { BottleRoute } from "./resolve/bottle-routes.ts"
import type { describeSources, findCredentialName } from "./resolve/credentials/find-credential.ts"
import type { readUpstreamCa } from "./resolve/system-roots.ts"
import type { Answered, QuestionAnswer } from "./supervise/answer-question.ts"
import type { WeighedApproval } from "./supervise/weigh-approval.ts"
import type { WorkOptions } from "./worker/work.ts"

/** The host's ledger, with the ends of dead runs recorded and their pending steps finished. */
export async function openHostLedger(
  host: Pick<ControlHost, "env" | "notify">,
  options?: OpenHostLedger,
): Promise<Ledger> {
  return (await import("./open-host-ledger.ts")).openHostLedger(host, options)
}

/** The same for a command that removes files: on a full disk it uses the room that is kept for it. */
export async function openHostLedgerToFree(host: Pick<ControlHost, "env" | "notify">): Promise<Ledger> {
  return (await import("./open-host-ledger.ts")).openHostLedgerToFree(host)
}

/** The same for a command that only reads: a full disk does not stop it. */
export async function openHostLedgerToRead(
  host: Pick<ControlHost, "env" | "notify">,
  options?: OpenHostLedger,
): Promise<Ledger> {
  return (await import("./open-host-ledger.ts")).openHostLedgerToRead(host, options)
}

/** `notify` is told when `use` of a shared ledger takes long. */
export async function namingSlowLedger<T>(
  host: Pick<ControlHost, "env" | "notify">,
  use: () => Promise<T>,
): Promise<T> {
  return (await import("./open-host-ledger.ts")).namingSlowLedger(host, use)
}

/** How this host's ledger is opened, shared or not, by a reader that recovers nothing. */
export async function ledgerOptions(env: Pick<HostEnv, "root" | "find" | "findSecret">): Promise<OpenLedgerOptions> {
  return (await import("./open-host-ledger.ts")).ledgerOptions(env)
}

/** The queue of a shared ledger. Throws OperatorProblem when the ledger is this host's own. */
export async function queueOf(ledger: Ledger): Promise<JobQueue> {
  return (await import("./worker/work.ts")).queueOf(ledger)
}

/** Throws as `queueOf`, before anything is opened. */
export async function requireQueue(env: HostEnv): Promise<void> {
  ;(await import("./worker/work.ts")).requireQueue(env)
}

/** Runs the jobs of a shared ledger, one after the other, until the signal aborts. */
export async function work(host: ControlHost, options: WorkOptions): Promise<void> {
  await (await import("./worker/work.ts")).work(host, options)
}

/** Records the ends of dead runs, and finishes the steps they left pending. */
export async function recoverHost({ env }: Pick<ControlHost, "env">, ledger: Ledger): Promise<void> {
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
  await (await import("./shutdown/recover-pending-steps.ts")).recoverPendingSteps(ledger, env)
  await (await import("./parking/resume-due.ts")).resumeDue(ledger, env)
}

/** The manifests that a start from the caller's folder would see. */
export async function openLibrary(host: ControlHost): Promise<ManifestLibrary> {
  return (await import("./resolve/resolve-start.ts")).openLibrary(host)
}

/** The routes of a bottle, without a credential: to ask what its policy says. */
export async function listBottleRoutes(bottle: BottleManifest, root: string): Promise<readonly BottleRoute[]> {
  return await (await import("./resolve/bottle-routes.ts")).listBottleRoutes(bottle, root)
}

/** Every run of the host, newest first; with `all` also those that have ended. */
export async function listRuns(host: ControlHost, options: { readonly all: boolean }): Promise<readonly Run[]> {
  await using ledger = await openHostLedgerToRead(host)
  return await ledger.listRuns(options)
}

/** The limits on a run's requests now. Main provider first; providers that nothing limits are left out. */
export async function listGoverning(ledger: Ledger, root: string, run: Run): Promise<readonly GoverningBudget[]> {
  return (await import("./client/governing.ts")).listGoverning(ledger, root, run)
}

/** Answers a question of an agent. Throws OperatorProblem when the answer does not count, or cannot be given. */
export async function answerQuestion(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  answer: QuestionAnswer,
): Promise<Answered> {
  return (await import("./supervise/answer-question.ts")).answerQuestion(host, ledger, answer)
}

/** The same for an answer from outside, which knows a token and no more. */
export async function answerByToken(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  answer: { readonly token: string; readonly reason: string },
): Promise<Answered> {
  return (await import("./supervise/answer-question.ts")).answerByToken(host, ledger, answer)
}

/** The effect and the risks of an approval, for the operator to see before. */
export async function weighApproval(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  proposal: Proposal,
  wish: { readonly ask: Ask; readonly duration: ApprovalDuration },
): Promise<WeighedApproval> {
  return (await import("./supervise/weigh-approval.ts")).weighApproval(host.env, ledger, proposal, wish)
}

/** The leftovers of dead runs, as steps to carry out. Removes nothing by itself. */
export async function planCleanup(
  host: ControlHost,
  ledger: Ledger,
  options: { readonly keepEndedMs: number | undefined },
): Promise<CleanupPlan> {
  return (await import("./cleanup/plan-host-cleanup.ts")).planHostCleanup(host, ledger, options)
}

/** The logins of subscriptions on this host. */
export async function listHostLogins(env: Pick<HostEnv, "root" | "findSecret">): Promise<readonly ListedLogin[]> {
  return (await import("./logins/list-host-logins.ts")).listHostLogins(env, Date.now())
}

/** How credentials, toolchains and CA files are looked for: for a check of the host. */
export interface HostLookups {
  readonly describeSources: typeof describeSources
  readonly findCredentialName: typeof findCredentialName
  readonly executableOf: typeof executableOf
  readonly readUpstreamCa: typeof readUpstreamCa
}

export async function loadHostLookups(): Promise<HostLookups> {
  const [credentials, { executableOf }, { readUpstreamCa }] = await Promise.all([
    import("./resolve/credentials/find-credential.ts"),
    import("./launch/toolchain.ts"),
    import("./resolve/system-roots.ts"),
  ])
  const { describeSources, findCredentialName } = credentials
  return { describeSources, findCredentialName, executableOf, readUpstreamCa }
}

/** PEM of the roots that a forge's certificate may end in, `upstream_ca` among them. */
export async function loadForgeRoots({ env }: Pick<ControlHost, "env">): Promise<string> {
  const [{ readForgeRoots }, { loadSettings }] = await Promise.all([
    import("./resolve/system-roots.ts"),
    import("@bot-bottle/manifest"),
  ])
  return readForgeRoots(loadSettings(env.root))
}

/** Gathers the facts of a forge run for its summary. */
export async function loadRunFacts(host: Pick<ControlHost, "env">, slug: string): Promise<RunFacts> {
  // A caller that shows them has opened the ledger before, and said what is amiss with it.
  await using ledger = await openHostLedgerToRead({ env: host.env, notify: () => {} })
  const { loadRunFacts: load } = await import("./forge/load-run-facts.ts")
  return await load(ledger, host.env.root, slug)
}

/** The facts of a forge run's launch. Undefined for other runs, and for one whose files are gone. */
export async function findLaunchFacts(
  { env }: Pick<ControlHost, "env">,
  slug: string,
): Promise<LaunchFacts | undefined> {
  return (await import("./forge/launch-facts.ts")).readLaunchFacts(env.root, slug)
}

/** A launch that an orchestrator asked for begins once. */
export async function openForgeLaunch(host: Pick<ControlHost, "env">, launchId: string): Promise<ForgeLaunchRecord> {
  const [{ beginForgeLaunch }, { loadOwnIdentity }] = await Promise.all([
    import("./forge/forge-launch-record.ts"),
    import("./launch/own-identity.ts"),
  ])
  return beginForgeLaunch(host.env.root, launchId, loadOwnIdentity())
}

/** The records of issues that runs work on, to read only: of this host, or of all that share its ledger. */
export async function openForgeState(root: string, ledger: Pick<Ledger, "fleet">): Promise<ForgeStateStore> {
  return (await import("./forge/issue-records.ts")).openForgeState(root, ledger)
}

/** Those of a shared ledger, as the holder of an issue's lease changes them. */
export async function openIssueRecords(options: IssueRecordsOptions): Promise<SharedRecords> {
  return (await import("./forge/issue-records.ts")).createIssueRecords(options)
}

/** Keeps an ended run for a resume, as long as a frozen one. False when it has not ended, or has been cleaned up. */
export async function keepEndedRun(host: Pick<ControlHost, "env" | "notify">, slug: string): Promise<boolean> {
  const { isGone } = await import("./client/find-run.ts")
  await using ledger = await openHostLedger(host)
  const run = await ledger.findRun(slug)
  if (run === undefined || run.status !== "ended" || isGone(run)) return false
  const { status, launcher, endedAtMs, exitCode } = run
  return await ledger.updateRunAsSeen(
    { slug, status, launcher },
    {
      status: "frozen",
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
      ...(exitCode === undefined ? {} : { exitCode }),
    },
  )
}
