// Opens one run's proxy: everything it needs, in the order that leaves no moment in which
// the bottle could get more than its due. The front socket comes last.
//
//   INV-45  When the front socket can be connected to, the CA files are in place, the ledger is open and
//           the control socket answers.

import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createSecureContext, type SecureContext } from "node:tls"
import {
  EGRESS_FILES,
  GUEST_SHARE_FILES,
  type ProxyConfig,
  type ProxyReport,
  type RunPolicy,
} from "@bot-bottle/contracts"
import { isDialable } from "@bot-bottle/egress"
import { readUptimeMs } from "@bot-bottle/kernel"
import { type OpenLedgerOptions, openLedger } from "@bot-bottle/ledger"
import type { Supervision } from "./ask/supervision.ts"
import { openControl } from "./control.ts"
import { describeShutdown } from "./describe-denial.ts"
import { createStatusText } from "./describe-status.ts"
import { createDlpLimit } from "./dlp/dlp-limit.ts"
import { createDlpRecord } from "./dlp/dlp-record.ts"
import { createEgressSwitch } from "./egress-switch.ts"
import { openEventLog } from "./event-log.ts"
import { createLeaseDeadline } from "./lease-deadline.ts"
import { createLimitDesk } from "./limits/limit-desk.ts"
import { createLoginDesk } from "./logins/login-desk.ts"
import { createBillRequest } from "./meter/bill-request.ts"
import { createBilling } from "./meter/billing.ts"
import { createDeadSweep } from "./meter/dead-sweep.ts"
import { createEnforcement } from "./meter/enforcement.ts"
import { createFailureLimit } from "./meter/failure-limit.ts"
import { createResponseMemory } from "./meter/known-responses.ts"
import { createLedgerOutage } from "./meter/ledger-outage.ts"
import { createLedgerWrites } from "./meter/ledger-writes.ts"
import { createPricing } from "./meter/pricing.ts"
import { createRequestReader } from "./meter/request-reader.ts"
import { createTurnQueue } from "./meter/turn-queue.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import { createPolicyInForce } from "./policy.ts"
import { writeBrowserPolicy } from "./run-ca/browser-policy.ts"
import { writeJavaTrust } from "./run-ca/java-trust.ts"
import { createLeafContexts } from "./run-ca/leaf-contexts.ts"
import { createRunCa } from "./run-ca/run-ca.ts"
import { createOpenSocket } from "./socket/open-socket.ts"
import { createTunnelPolicy } from "./tunnel-policy.ts"
import { createAddressBook } from "./upstream/address-book.ts"
import { createOwnAddresses, lookupAddresses } from "./upstream/lookup.ts"
import { createProviderWatch } from "./upstream/provider-watch.ts"
import { createHeldBytes } from "./wire/body/held-bytes.ts"
import { openFront } from "./wire/connection/front.ts"
import { createPool } from "./wire/exchange/pool.ts"
import { createInternalNames } from "./wire/sites/internal-names.ts"
import { createSites } from "./wire/sites/sites.ts"

export interface RunProxy {
  /** The launcher died: what is open, or has ended this instant, is charged in full. */
  orphan(): void
  /** Ends what is open, settles it as far as the ledger lets it, removes the sockets. */
  close(): Promise<void>
}

export interface ProxyEdges {
  readonly report: (report: ProxyReport) => void
  readonly reportFailure: (error: unknown) => void
  readonly lookup?: (host: string) => Promise<readonly string[]>
}

/** At the end, for the ledger to take what is waiting. */
const LEAVE_TIMEOUT_MS = 5_000
/** At the end, for clients to read what was said last. */
const FLUSH_TIMEOUT_MS = 500

/** Throws OperatorProblem for a configuration that cannot be obeyed; nothing is left open then. */
export async function openProxy(
  config: ProxyConfig,
  { report, reportFailure, lookup = lookupAddresses }: ProxyEdges,
): Promise<RunProxy> {
  const { slug, guestShare, egressFolder } = config
  const paths = {
    front: join(guestShare, GUEST_SHARE_FILES.socket),
    control: join(egressFolder, EGRESS_FILES.control),
    events: join(egressFolder, EGRESS_FILES.events),
  }

  const policy = createPolicyInForce(config)
  const budgets = () => policy.current.given.budgets
  const lease = createLeaseDeadline({ first: config.lease, uptimeMs: readUptimeMs })
  const egress = createEgressSwitch(policy, lease)
  const meteredHosts: MeteredHosts = { find: (...place) => policy.current.meteredHosts.find(...place) }
  const ledger = await openLedger(config.ledgerPath, sharedLedgerOf(config))
  const outage = createLedgerOutage((error) =>
    report({ kind: "ledger-unavailable", message: error instanceof Error ? error.message : String(error) }),
  )
  const writes = createLedgerWrites({ outage })

  const ca = createRunCa({ slug, nowMs: Date.now() })
  publish(join(guestShare, GUEST_SHARE_FILES.ca), ca.certificatePem)
  const bundle = `${config.systemRoots.trimEnd()}\n${ca.certificatePem}`
  publish(join(guestShare, GUEST_SHARE_FILES.caBundle), bundle)
  publish(join(guestShare, GUEST_SHARE_FILES.javaTrust), writeJavaTrust(bundle))
  publish(join(guestShare, GUEST_SHARE_FILES.browserPolicy), writeBrowserPolicy(ca.certificatePem))

  const watch = createProviderWatch({
    report,
    isProvider: (host) =>
      policy.current.given.routes.some((route) => route.metering !== undefined && route.host === host),
  })
  const events = openEventLog({ path: paths.events, logLevel: config.logLevel, watch })
  const ownAddresses = createOwnAddresses(Date.now)
  const addresses = createAddressBook({
    resolve: config.resolve,
    lookup,
    isDialable: (address) => isDialable(address, ownAddresses()),
    nowMs: Date.now,
  })
  const dlpLimit = createDlpLimit({ slug, egress, ledger, writes, report })
  const dlp = createDlpRecord({ slug, ledger, writes, nowMs: Date.now, limit: dlpLimit })
  const enforcement = createEnforcement({ slug, budgets, egress, ledger, writes, report })
  let orphaned = false
  const isOrphaned = () => orphaned
  const failures = createFailureLimit({ nowMs: Date.now })
  const pricing = createPricing({ own: () => policy.current.given.prices ?? [], nowMs: Date.now })
  const turns = createTurnQueue({
    isCut: () => egress.cutState !== undefined,
    beforeRetry: createDeadSweep(ledger, Date.now),
    nowMs: Date.now,
  })
  const billing = createBilling({
    slug,
    budgets,
    ledger,
    writes,
    enforcement,
    outage,
    failures,
    isOrphaned,
    pricing,
    turns,
    cutDenial: () => egress.cutState?.metered,
  })
  const serverFetchLimits = (place: string) => {
    const { routes, serverTools: rule = "refuse" } = policy.current.given
    return { rule, routes, place }
  }
  const reader = createRequestReader()
  const known = createResponseMemory()
  const billRequest = createBillRequest({ budgets, egress, billing, reader, known, writes, serverFetchLimits })
  const limits = createLimitDesk({ policy: () => policy.current.given, ledger, writes, report, nowMs: Date.now })
  const openSocket = createOpenSocket({ egress, billing, reader, serverFetchLimits, known, limits, reportFailure })
  const provider = () => policy.current.given.routes.find(({ metering }) => metering !== undefined)?.metering?.provider
  const statusText = createStatusText({ slug, budgets, provider, ledger, denied: () => events.denied })
  const supervision = config.supervise === undefined ? undefined : await loadSupervision()
  const logins = createLoginDesk({ policy, report })
  const pool = createPool()
  const trust = createTrust([config.systemRoots, config.upstreamCa ?? ""].join("\n"))
  const sites = createSites(
    { addresses, pool, trust, onSlowDial: watch.isSlow },
    { slug, policy, egress, meteredHosts, events, dlp, billRequest, openSocket, logins, limits, asker: supervision },
  )
  const internalNames = createInternalNames({
    egress,
    meteredHosts,
    events,
    statusText,
    services: config.internal ?? {},
    pool,
  })
  const tunnelPolicy = createTunnelPolicy({ slug, egress, meteredHosts, addresses, sites, internalNames })
  const reload = (next: RunPolicy): void => {
    policy.replace(next)
    // Nothing from here on can fail.
    addresses.setResolve(next.resolve)
    events.setLogLevel(next.logLevel)
    // An idle connection may lead to another place now.
    pool.clear()
    front.recheck()
    supervision?.policyReplaced()
  }
  const control = openControl({
    path: paths.control,
    slug,
    egress,
    events,
    reload,
    routes: () => policy.current.given.routes,
    standing: () => ({ routes: policy.current.routes.routes, budgets: budgets() }),
    held: () => supervision?.held ?? 0,
    onAnswers: async () => supervision?.sync(),
    onLease: lease.renew,
    onToken: ({ login, secret }) => logins.replace(login, secret),
  })
  const front = openFront({
    path: paths.front,
    tunnelPolicy,
    sites,
    internalNames,
    events,
    leaves: createLeafContexts(ca),
    heldBytes: createHeldBytes(),
    cutDenial: () => egress.cutState?.metered,
    reportFailure,
  })
  egress.onCut(front.cut)

  async function loadSupervision(): Promise<Supervision> {
    const { openSupervision } = await import("./ask/supervision.ts")
    return openSupervision({ slug, policy, egress, ledger, nowMs: Date.now, reportFailure })
  }

  return {
    orphan: () => {
      orphaned = true
    },
    async close() {
      front.stopAccepting()
      const denial = describeShutdown(slug)
      egress.cut({ metered: denial, others: denial })
      supervision?.close()
      // Idle connections end now, the others with the last event of their stream.
      front.leave()
      dlp.flush()
      reader.close()
      // A cut settles its streams in the turn after their last words.
      await Promise.resolve()
      await Promise.all([writes.drain(LEAVE_TIMEOUT_MS), front.emptied(FLUSH_TIMEOUT_MS)])
      front.close()
      pool.close()
      await control.close()
      events.close()
      lease.close()
      await ledger.close()
    },
  }
}

/** Read once, when the first connection needs them: it takes longer than dialling. */
function createTrust(roots: string): () => SecureContext {
  let context: SecureContext | undefined
  return () => {
    context ??= createSecureContext({ ca: roots })
    return context
  }
}

/** Readable by the guest's uid, whatever this process's umask. */
function publish(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content)
  chmodSync(path, 0o644)
}

/** Without one nothing of it is loaded. */
function sharedLedgerOf({ sharedLedger }: ProxyConfig): OpenLedgerOptions {
  if (sharedLedger === undefined) return {}
  const { url, password, home } = sharedLedger
  return { shared: { url, password, home } }
}
