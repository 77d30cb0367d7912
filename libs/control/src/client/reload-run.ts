// Gives a running run's proxy what manifests, settings.yml and credentials say now, without
// stopping anything but the connections to hosts that are not listed any more.
//
// The parts of a bottle (environment, limits, provider, the action when its budget is spent) stay
// as they were launched; to change those there is `resume`.

import {
  type LaunchRecord,
  OperatorProblem,
  type Run,
  runFolders,
  type ShutdownPolicy,
  type Slug,
} from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { findRunMetadata, writeRunMetadata } from "@bot-bottle/run-state"
import type { ControlHost } from "../host.ts"
import { renewedLogins } from "../launch/launch-metadata.ts"
import { findLaunchRecord, writeLaunchRecord } from "../launch/launch-record.ts"
import { hashFixed, hashPolicy } from "../resolve/launch-hashes.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { resolveReload } from "../resolve/resolve-reload.ts"
import { openLibrary } from "../resolve/resolve-start.ts"
import { runPolicy } from "../resolve/run-policy.ts"
import { readUpstreamCa } from "../resolve/system-roots.ts"
import { listProxyRoutes, reloadProxy } from "./control-socket.ts"
import { describeRouteChanges } from "./describe-route-changes.ts"
import { loadLiveRun } from "./find-run.ts"

export interface Reloaded {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** The manifests name another policy, which counts from the next resume. */
  readonly policyLater: { readonly now: ShutdownPolicy; readonly later: ShutdownPolicy } | undefined
  /** Changed since the launch, and not taken: they count from the next resume. */
  readonly later: readonly string[]
}

/** Throws OperatorProblem when the proxy did not take it; the run then has the policy it had. */
export async function reloadRun(host: ControlHost, ledger: Ledger, slug: Slug): Promise<Reloaded> {
  const run = await loadLiveRun(ledger, slug)
  const record = findLaunchRecord(host.env.root, slug)
  if (record === undefined) throw new OperatorProblem(`run '${slug}' cannot be reloaded: its state is gone`)

  const launch = await resolveReload(host, run, record)
  checkLogins(launch, run, record)
  // Its launcher acts on the policy it was started with.
  const budgets = { ...launch.budgetsFor(slug), policy: run.policy }
  const changes = await describeChanges(host, run, launch)
  await ledger.appendAudit({ slug, kind: "reload", actor: host.env.operator, detail: { ...changes } })
  await send(host, ledger, run, runPolicy(launch, budgets))
  keepForLater(host, run, { ...record, budgets }, launch)
  await ledger.updateRunAsSeen(run, { meters: launch.meters, ancestors: launch.bottle.ancestors })
  const { added, removed } = changes
  const policyLater = launch.policy === run.policy ? undefined : { now: run.policy, later: launch.policy }
  return { added, removed, policyLater, later: listLater(host, run, record, launch) }
}

function listLater(host: ControlHost, run: Run, { fixed, repoFolder }: LaunchRecord, launch: ResolvedLaunch) {
  if (fixed === undefined) return []
  // The bottle of the launch is without its environment, which is not resolved again.
  const bottle = openLibrary({ ...host, notify: () => {} }, repoFolder).loadBottles(run.bottles)
  const now = hashFixed(launch.agent, bottle, readUpstreamCa(launch.settings))
  return Object.keys(now).filter((part) => fixed[part] !== undefined && fixed[part] !== now[part])
}

/** Its launcher renews the logins that it was started with, and no other. */
function checkLogins(launch: ResolvedLaunch, { slug }: Run, record: LaunchRecord): void {
  const before = record.logins ?? []
  const now = renewedLogins(launch).logins ?? []
  if (now.every((id) => before.includes(id))) return
  throw new OperatorProblem(`${slug} was not reloaded: its bottles now name another login than it was started with`, {
    hint: `bot-bottle freeze ${slug} && bot-bottle resume ${slug}`,
  })
}

async function describeChanges(host: ControlHost, { slug }: Run, { routes }: ResolvedLaunch) {
  const before = await listProxyRoutes(runFolders(host.env.root, slug).egress)
  return { ...describeRouteChanges(before, routes), policyHash: hashPolicy(routes) }
}

async function send(
  { env }: ControlHost,
  ledger: Ledger,
  { slug }: Run,
  policy: ReturnType<typeof runPolicy>,
): Promise<void> {
  const told = await reloadProxy(runFolders(env.root, slug).egress, policy)
  if (told.outcome === "answered") return
  const why = told.outcome === "silent" ? `its proxy does not answer (${told.reason})` : told.message
  await ledger.appendAudit({ slug, kind: "reload", actor: env.operator, detail: { error: why } })
  throw new OperatorProblem(`${slug} was not reloaded, and keeps its policy: ${why}`, {
    hint: (told.outcome === "refused" ? told.hint : undefined) ?? `end the run with 'bot-bottle kill ${slug}'`,
  })
}

function keepForLater({ env }: ControlHost, { slug }: Run, record: LaunchRecord, launch: ResolvedLaunch): void {
  writeLaunchRecord(env.root, slug, record)
  const { state } = runFolders(env.root, slug)
  const metadata = findRunMetadata(state)
  if (metadata !== undefined) writeRunMetadata(state, { ...metadata, policyHash: hashPolicy(launch.routes) })
}
