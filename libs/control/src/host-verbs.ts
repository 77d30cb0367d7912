// Verbs about the host as a whole, each loaded when it is called.

import type { Run } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { GoverningBudget, JobQueue, Ledger, OpenLedgerOptions } from "@bot-bottle/ledger"
import type { ManifestLibrary } from "@bot-bottle/manifest"
import type { CleanupPlan } from "./cleanup/plan-cleanup.ts"
import type { ControlHost, HostEnv } from "./host.ts"
import type { executableOf } from "./launch/toolchain.ts"
import type { describeSources, findCredentialName, wayToGive } from "./resolve/find-credential.ts"
import type { readUpstreamCa } from "./resolve/system-roots.ts"
import type { WorkOptions } from "./worker/work.ts"

/** The host's ledger, with the ends of dead runs recorded and their pending steps finished. */
export async function openHostLedger(host: Pick<ControlHost, "env">): Promise<Ledger> {
  return (await import("./open-host-ledger.ts")).openHostLedger(host)
}

/** How this host's ledger is opened, shared or not, by a reader that recovers nothing. */
export async function ledgerOptions(env: Pick<HostEnv, "root" | "find">): Promise<OpenLedgerOptions> {
  return (await import("./open-host-ledger.ts")).ledgerOptions(env)
}

/** The queue of a shared ledger. Throws OperatorProblem when the ledger is this host's own. */
export async function queueOf(ledger: Ledger): Promise<JobQueue> {
  return (await import("./worker/work.ts")).queueOf(ledger)
}

/** Runs the jobs of a shared ledger, one after the other, until the signal aborts. */
export async function work(host: ControlHost, options: WorkOptions): Promise<void> {
  await (await import("./worker/work.ts")).work(host, options)
}

/** Records the ends of dead runs, and finishes the steps they left pending. */
export async function recoverHost({ env }: Pick<ControlHost, "env">, ledger: Ledger): Promise<void> {
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
  await (await import("./shutdown/recover-pending-steps.ts")).recoverPendingSteps(ledger, env)
}

/** The manifests that a start from the caller's folder would see. */
export async function openLibrary(host: ControlHost): Promise<ManifestLibrary> {
  return (await import("./resolve/resolve-start.ts")).openLibrary(host)
}

/** Every run of the host, newest first; with `all` also those that have ended. */
export async function listRuns(host: ControlHost, options: { readonly all: boolean }): Promise<readonly Run[]> {
  await using ledger = await openHostLedger(host)
  return await ledger.listRuns(options)
}

/** The limits on a run's requests now. Main provider first; providers that nothing limits are left out. */
export async function listGoverning(ledger: Ledger, root: string, run: Run): Promise<readonly GoverningBudget[]> {
  return (await import("./client/governing.ts")).listGoverning(ledger, root, run)
}

/** The leftovers of dead runs, as steps to carry out. Removes nothing by itself. */
export async function planCleanup(host: ControlHost, ledger: Ledger): Promise<CleanupPlan> {
  return (await import("./cleanup/plan-host-cleanup.ts")).planHostCleanup(host, ledger)
}

/** How credentials, toolchains and CA files are looked for: for a check of the host. */
export interface HostLookups {
  readonly describeSources: typeof describeSources
  readonly findCredentialName: typeof findCredentialName
  readonly wayToGive: typeof wayToGive
  readonly executableOf: typeof executableOf
  readonly readUpstreamCa: typeof readUpstreamCa
}

export async function loadHostLookups(): Promise<HostLookups> {
  const [credentials, { executableOf }, { readUpstreamCa }] = await Promise.all([
    import("./resolve/find-credential.ts"),
    import("./launch/toolchain.ts"),
    import("./resolve/system-roots.ts"),
  ])
  const { describeSources, findCredentialName, wayToGive } = credentials
  return { describeSources, findCredentialName, wayToGive, executableOf, readUpstreamCa }
}
