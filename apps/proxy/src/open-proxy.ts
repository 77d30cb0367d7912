// Opens one run's proxy: everything it needs, in the order that leaves no moment in which
// the bottle could get more than its due. The front socket comes last.
//
//   INV-57  When the front socket can be connected to, the CA files are in place, the ledger
//           is open and the control socket answers.

import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  EGRESS_FILES,
  GUEST_SHARE_FILES,
  OperatorProblem,
  type ProxyConfig,
  type ProxyReport,
  type RunPolicy,
} from "@bot-bottle/contracts"
import { isDialable } from "@bot-bottle/egress"
import { type OpenLedgerOptions, openLedger } from "@bot-bottle/ledger"
import { createAnswer } from "./answer.ts"
import { openControl } from "./control.ts"
import { describeShutdown } from "./denial-words.ts"
import { createStatusText } from "./describe-status.ts"
import { createDlpLimit } from "./dlp/dlp-limit.ts"
import { createDlpRecord } from "./dlp/dlp-record.ts"
import { createEgressSwitch } from "./egress-switch.ts"
import { openEventLog } from "./event-log.ts"
import { openFront } from "./intercept/front.ts"
import { createInnerServers } from "./intercept/inner-servers.ts"
import { writeJavaTrust } from "./intercept/java-trust.ts"
import { createRunCa } from "./intercept/run-ca.ts"
import { createBilling } from "./meter/billing.ts"
import { createEnforcement } from "./meter/enforcement.ts"
import { createFailureLimit } from "./meter/failure-limit.ts"
import { createForwardMetered } from "./meter/forward-metered.ts"
import { createResponseMemory } from "./meter/known-responses.ts"
import { createLedgerOutage } from "./meter/ledger-outage.ts"
import { createLedgerWrites } from "./meter/ledger-writes.ts"
import { createRequestReader } from "./meter/request-reader.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import { createPolicyInForce } from "./policy.ts"
import { createDial, createTrust } from "./socket/dial-upstream.ts"
import { createOpenSocket } from "./socket/open-socket.ts"
import { createTunnelPolicy } from "./tunnel-policy.ts"
import { createAddressBook } from "./upstream/address-book.ts"
import { lookupAddresses, readOwnAddresses } from "./upstream/lookup.ts"
import { createSender } from "./upstream/send.ts"

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

/** Kernel's limit for a socket's path, its final NUL included. */
const MAX_SOCKET_PATH = 107
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
    roots: join(egressFolder, "upstream-roots.pem"),
    inner: join(egressFolder, "inner"),
  }
  checkSocketPaths([paths.front, paths.control, join(paths.inner, "100000.sock")])

  const policy = createPolicyInForce(config)
  const budgets = () => policy.current.given.budgets
  const egress = createEgressSwitch(policy)
  const meteredHosts: MeteredHosts = { find: (...place) => policy.current.meteredHosts.find(...place) }
  const ledger = await openLedger(config.ledgerPath, sharedLedgerOf(config))
  const outage = createLedgerOutage((error) =>
    report({ kind: "ledger-unavailable", message: error instanceof Error ? error.message : String(error) }),
  )
  const writes = createLedgerWrites({ outage })

  rmSync(paths.inner, { recursive: true, force: true })
  mkdirSync(paths.inner, { mode: 0o700 })
  writeFileSync(paths.roots, [config.systemRoots, config.upstreamCa ?? ""].join("\n"), { mode: 0o600 })
  const ca = createRunCa({ slug, nowMs: Date.now() })
  publish(join(guestShare, GUEST_SHARE_FILES.ca), ca.certificatePem)
  const bundle = `${config.systemRoots.trimEnd()}\n${ca.certificatePem}`
  publish(join(guestShare, GUEST_SHARE_FILES.caBundle), bundle)
  publish(join(guestShare, GUEST_SHARE_FILES.javaTrust), writeJavaTrust(bundle))

  const events = openEventLog({ path: paths.events, logLevel: config.logLevel })
  const addresses = createAddressBook({
    resolve: config.resolve,
    lookup,
    isDialable: (address) => isDialable(address, readOwnAddresses()),
    nowMs: Date.now,
  })
  const dlpLimit = createDlpLimit({ slug, egress, ledger, writes, report })
  const dlp = createDlpRecord({ slug, ledger, writes, nowMs: Date.now, limit: dlpLimit })
  const enforcement = createEnforcement({ slug, budgets, egress, ledger, writes, report })
  let orphaned = false
  const isOrphaned = () => orphaned
  const failures = createFailureLimit({ nowMs: Date.now })
  const billing = createBilling({ slug, budgets, ledger, writes, enforcement, outage, failures, isOrphaned })
  const serverFetchLimits = (place: string) => {
    const { routes, serverTools: rule = "refuse" } = policy.current.given
    return { rule, routes, place }
  }
  const reader = createRequestReader()
  const known = createResponseMemory()
  const forwardMetered = createForwardMetered({ budgets, egress, billing, reader, known, serverFetchLimits })
  const trust = createTrust(paths.roots)
  const openSocket = createOpenSocket({ egress, billing, reader, serverFetchLimits, known, reportFailure })
  const provider = () => policy.current.given.routes.find(({ metering }) => metering !== undefined)?.metering?.provider
  const statusText = createStatusText({ slug, budgets, provider, ledger, denied: () => events.denied })
  const innerServers = createInnerServers({
    folder: paths.inner,
    ca,
    reportFailure,
    createAnswer: (authority, scheme) =>
      createAnswer(authority, scheme, {
        policy,
        egress,
        meteredHosts,
        events,
        dlp,
        forwardMetered,
        openSocket,
        statusText,
        createSend: () => createSender({ authority, scheme, addresses, rootsPath: paths.roots }),
        createDial: () => createDial({ authority, scheme, addresses, trust }),
      }),
  })
  const tunnelPolicy = createTunnelPolicy({ egress, meteredHosts, innerServers, addresses, events })
  const reload = (next: RunPolicy): void => {
    policy.replace(next)
    // Nothing from here on can fail.
    addresses.setResolve(next.resolve)
    events.setLogLevel(next.logLevel)
    front.recheck()
  }
  const control = openControl({
    path: paths.control,
    slug,
    egress,
    events,
    reload,
    routes: () => policy.current.given.routes,
  })
  const front = openFront({ path: paths.front, tunnelPolicy, reportFailure })
  egress.onCut(front.cut)

  return {
    orphan: () => {
      orphaned = true
    },
    async close() {
      front.stopAccepting()
      const denial = describeShutdown(slug)
      egress.cut({ metered: denial, others: denial })
      // From the inside out, so that the last event of every stream still gets through.
      await innerServers.answered(FLUSH_TIMEOUT_MS)
      dlp.flush()
      reader.close()
      await Promise.all([writes.drain(LEAVE_TIMEOUT_MS), innerServers.close()])
      await front.emptied(FLUSH_TIMEOUT_MS)
      front.close()
      await control.close()
      rmSync(paths.inner, { recursive: true, force: true })
      events.close()
      await ledger.close()
    },
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

function checkSocketPaths(paths: readonly string[]): void {
  const long = paths.find((path) => Buffer.byteLength(path) > MAX_SOCKET_PATH)
  if (long === undefined) return
  throw new OperatorProblem(`socket path is longer than ${MAX_SOCKET_PATH} bytes: ${long}`, {
    hint: "set BOT_BOTTLE_HOME to a shorter path, or use a shorter label",
  })
}
