// A whole proxy in this process, in folders of its own, with a real ledger: for tests that
// talk to its sockets.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type ControlStatus,
  type CredentialedRoute,
  EGRESS_FILES,
  type EgressEvent,
  GUEST_SHARE_FILES,
  HOST_SCOPE,
  type Parsed,
  type ProxyConfig,
  type ProxyReport,
  type RunBudgets,
  type RunPolicy,
} from "@bot-bottle/contracts"
import { controlStatusSchema } from "@bot-bottle/contracts/messages/control-answer"
import { egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { encodeRunPolicy } from "@bot-bottle/contracts/messages/proxy-config"
import { checkMessage, parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { readUptimeMs } from "@bot-bottle/kernel"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { createLeaseDeadline } from "../lease-deadline.ts"
import { openProxy } from "../open-proxy.ts"
import { openTls, type RawConnection } from "./raw-connection.ts"
import { breakState, prepareState, stateOfTests, superviseConfig } from "./supervise-state.ts"

export const SLUG = "tester-abc12"

/** The deadline of a run that has none. */
export const NO_LEASE = createLeaseDeadline({ first: undefined, uptimeMs: readUptimeMs })

export interface TestProxy extends AsyncDisposable {
  readonly frontPath: string
  readonly egressFolder: string
  /** PEM the bottle would trust. */
  readonly ca: string
  readonly ledger: Ledger
  readonly ledgerPath: string
  readonly reports: readonly ProxyReport[]
  readonly failures: readonly unknown[]
  events(): readonly EgressEvent[]
  control(method: string, path: string): Promise<ControlStatus>
  /** The body as the launcher writes it, or any other. */
  reload(policy: RunPolicy | string): Promise<Response>
  open(authority: string, serverName?: string): Promise<RawConnection>
  close(): Promise<void>
  /** Closes it, and opens the next proxy of the same run. */
  restart(): Promise<void>
}

export interface TestProxyOptions extends Partial<Omit<ProxyConfig, "budgets" | "routes">> {
  readonly routes?: readonly CredentialedRoute[]
  readonly budgets?: Partial<RunBudgets>
  readonly lookup?: (host: string) => Promise<readonly string[]>
}

export function route(host: string, more: Partial<CredentialedRoute> = {}): CredentialedRoute {
  const scheme = more.scheme ?? "https"
  const port = scheme === "https" ? 443 : 80
  return { host, port, scheme, effect: "allow", inspect: true, matches: "every", origin: "test", ...more }
}

export interface RunFolders extends AsyncDisposable {
  readonly paths: Pick<ProxyConfig, "guestShare" | "egressFolder" | "ledgerPath">
  readonly ledger: Ledger
}

/** Folders and a ledger with the run in it, as a launcher makes them. */
export async function createRunFolders(): Promise<RunFolders> {
  const folder = mkdtempSync(join(tmpdir(), "bb-proxy-"))
  const paths = {
    guestShare: join(folder, "share"),
    egressFolder: join(folder, "egress"),
    ledgerPath: join(folder, "bot-bottle.db"),
  }
  mkdirSync(paths.guestShare, { mode: 0o755 })
  mkdirSync(paths.egressFolder, { mode: 0o700 })
  const ledger = await openLedger(paths.ledgerPath)
  await ledger.createRun(RUN)
  return {
    paths,
    ledger,
    async [Symbol.asyncDispose]() {
      await ledger.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A policy of these routes and no budget. */
export function policyOf(routes: readonly CredentialedRoute[], more: Partial<RunPolicy> = {}): RunPolicy {
  return { routes, resolve: {}, logLevel: 2, budgets: NO_BUDGETS, ...more }
}

export function testConfig(
  paths: Pick<ProxyConfig, "guestShare" | "egressFolder" | "ledgerPath">,
  options: TestProxyOptions,
): ProxyConfig {
  const { budgets, lookup: _, ...more } = options
  return {
    slug: SLUG,
    ...paths,
    routes: [],
    resolve: {},
    systemRoots: "",
    logLevel: 2,
    ...superviseConfig(stateOfTests()),
    ...more,
    budgets: { ...NO_BUDGETS, ...budgets },
  }
}

export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const folders = await createRunFolders()
  const { paths, ledger } = folders
  const reports: ProxyReport[] = []
  const failures: unknown[] = []
  const state = stateOfTests()
  const routes = await prepareState(state, { ledger, slug: SLUG, routes: options.routes ?? [] })
  const open = () =>
    openProxy(testConfig(paths, { ...options, routes }), {
      report: (report) => reports.push(report),
      reportFailure: (error) => failures.push(error),
      lookup: options.lookup ?? (async () => []),
    })
  let proxy = await open()
  breakState(state, paths.ledgerPath)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= proxy.close()
    return closing
  }
  const frontPath = join(paths.guestShare, GUEST_SHARE_FILES.socket)
  const ca = readFileSync(join(paths.guestShare, GUEST_SHARE_FILES.ca), "utf8")

  return {
    frontPath,
    egressFolder: paths.egressFolder,
    ca,
    ledger,
    ledgerPath: paths.ledgerPath,
    reports,
    failures,
    events: () => readEvents(join(paths.egressFolder, EGRESS_FILES.events)),
    async control(method, path) {
      const unix = join(paths.egressFolder, EGRESS_FILES.control)
      return parsed(
        checkMessage(controlStatusSchema, await (await fetch(`http://proxy${path}`, { method, unix })).json()),
      )
    },
    reload: (policy) =>
      fetch("http://proxy/reload", {
        method: "POST",
        unix: join(paths.egressFolder, EGRESS_FILES.control),
        body: typeof policy === "string" ? policy : encodeRunPolicy(policy),
      }),
    open: (authority, serverName) => openTls(frontPath, ca, authority, serverName),
    close,
    async restart() {
      await close()
      proxy = await open()
      closing = undefined
    },
    async [Symbol.asyncDispose]() {
      await close()
      await folders[Symbol.asyncDispose]()
    },
  }
}

export function readEvents(path: string): readonly EgressEvent[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parsed(parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })))
}

/** A message of our own that its schema refuses fails the test. */
export function parsed<Message>(result: Parsed<Message>): Message {
  if (result.outcome === "invalid") throw new Error(result.problem)
  return result.message
}

const NO_BUDGETS: RunBudgets = {
  chain: [{ kind: "run", key: SLUG }, HOST_SCOPE],
  declared: [],
  ceilings: [],
  gate: "reserve",
  cacheReadWeight: 0.1,
  policy: "cutoff",
}

const RUN = sampleRun(SLUG, {
  label: "tester",
  agent: "tester",
  bottles: ["dev"],
  ancestors: [],
  startedAtMs: Date.now(),
})
