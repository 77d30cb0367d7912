// `reload`: gives a running run's proxy what manifests, settings.yml and credentials say now,
// without stopping anything but the connections to hosts that are not listed any more.
//
// What a bottle is made of (its environment, limits, provider, what happens when its budget is
// gone) stays as it was launched; for that there is `resume`.

import { type LaunchRecord, OperatorProblem, type Run, runFolders } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { findRunMetadata, writeRunMetadata } from "@bot-bottle/run-state"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { describeRouteChanges } from "../launch/describe-route-changes.ts"
import { hashPolicy } from "../launch/launch-hashes.ts"
import type { ResolvedLaunch } from "../launch/resolve-launch.ts"
import { resolveReload } from "../launch/resolve-reload.ts"
import { runPolicy } from "../launch/run-policy.ts"
import { listProxyRoutes, reloadProxy } from "../runs/control-socket.ts"
import { loadLiveRun } from "../runs/find-run.ts"
import { findLaunchRecord, writeLaunchRecord } from "../runs/launch-record.ts"

export async function runReload(host: Host, slug: string): Promise<number> {
  await using ledger = await openHostLedger(host)
  const run = await loadLiveRun(ledger, slug)
  const record = findLaunchRecord(host.env.root, slug)
  if (record === undefined) throw new OperatorProblem(`run '${slug}' cannot be reloaded: its state is gone`)

  const launch = await resolveReload(host, run, record)
  // Its launcher acts on the policy it was started with.
  const budgets = { ...launch.budgetsFor(slug), policy: run.policy }
  const changes = await describeChanges(host, run, launch)
  await ledger.appendAudit({ slug, kind: "reload", actor: host.env.operator, detail: { ...changes } })
  await tell(host, ledger, run, runPolicy(launch, budgets))
  keepForLater(host, run, { ...record, budgets }, launch)
  await ledger.updateRunAsSeen(run, { meters: launch.meters, ancestors: launch.bottle.ancestors })

  for (const place of changes.added) host.screen.print(`${slug}: + ${place}`)
  for (const place of changes.removed) host.screen.print(`${slug}: - ${place}`)
  host.screen.print(`${slug}: reloaded`)
  if (launch.policy !== run.policy)
    host.screen.note(
      `bot-bottle: shutdown stays ${run.policy} until the run is resumed; manifests now say ${launch.policy}`,
    )
  return 0
}

async function describeChanges(host: Host, { slug }: Run, { routes }: ResolvedLaunch) {
  const before = await listProxyRoutes(runFolders(host.env.root, slug).egress)
  return { ...describeRouteChanges(before, routes), policyHash: hashPolicy(routes) }
}

async function tell({ env }: Host, ledger: Ledger, { slug }: Run, policy: ReturnType<typeof runPolicy>): Promise<void> {
  const told = await reloadProxy(runFolders(env.root, slug).egress, policy)
  if (told.outcome === "answered") return
  const why = told.outcome === "silent" ? `its proxy does not answer (${told.reason})` : told.message
  await ledger.appendAudit({ slug, kind: "reload", actor: env.operator, detail: { error: why } })
  throw new OperatorProblem(`${slug} was not reloaded, and goes on as it was: ${why}`, {
    hint: (told.outcome === "refused" ? told.hint : undefined) ?? `end the run with 'bot-bottle kill ${slug}'`,
  })
}

function keepForLater({ env }: Host, { slug }: Run, record: LaunchRecord, launch: ResolvedLaunch): void {
  writeLaunchRecord(env.root, slug, record)
  const { state } = runFolders(env.root, slug)
  const metadata = findRunMetadata(state)
  if (metadata !== undefined) writeRunMetadata(state, { ...metadata, policyHash: hashPolicy(launch.routes) })
}
