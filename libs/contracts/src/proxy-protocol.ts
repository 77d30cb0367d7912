// What the launcher and a run's proxy say to each other.
//
// Down: one JSON line on the proxy's stdin, then the pipe stays open. At its end of file the
// proxy settles and leaves: asked to, after `LEAVE_WORD`, or because the launcher died, without
// it. Up: JSON lines on stdout. Secrets travel only in the first line and in what the control
// socket's `/reload` is given, never in argv, the environment or a file.

import type { RunBudgets, Scope, Window } from "./budget.ts"
import type { DenialReason } from "./denial.ts"
import type { ArmedRoute, Route, ServerToolRule } from "./route.ts"
import type { Slug } from "./run.ts"
import { Secret } from "./secret.ts"

export interface ProxyConfig extends RunPolicy {
  readonly slug: Slug
  readonly ledgerPath: string
  /** Folder shared with the bottle, read-only there: the front socket and the CA files. */
  readonly doorFolder: string
  /** Host side only: control socket and event log. */
  readonly egressFolder: string
  /** PEM text of extra roots for upstream TLS. */
  readonly upstreamCa?: string
  /** PEM text of the system roots, to which the run's CA is added for the bottle's bundle. */
  readonly systemRoots: string
}

/** What a proxy obeys. The rest of its configuration is where it lives; this can be given anew while it runs. */
export interface RunPolicy {
  readonly routes: readonly ArmedRoute[]
  /** Host name -> `ip:port`, the operator's word; not subject to the private-address check. */
  readonly resolve: Readonly<Record<string, string>>
  readonly budgets: RunBudgets
  /** 0 off, 1 denials, 2 every request. */
  readonly logLevel: 0 | 1 | 2
  /** Absent: `refuse`. */
  readonly serverTools?: ServerToolRule
}

/**
 * The last line on the proxy's stdin when its run is over. An end of file without it means that
 * the launcher died: what is open then is charged as a crash is, in full.
 */
export const LEAVE_WORD = "leave\n"

/** Names inside the door folder, as both sides know them. */
export const DOOR_FILES = {
  socket: "egress.sock",
  ca: "ca.pem",
  caBundle: "ca-bundle.pem",
  javaTrust: "ca-bundle.jks",
} as const
/** Names inside the egress folder. */
export const EGRESS_FILES = { control: "control.sock", events: "events.jsonl" } as const

/** Reveals every secret: the result goes down the proxy's stdin and nowhere else. */
export function encodeProxyConfig(config: ProxyConfig): string {
  return `${JSON.stringify(unsealed(config))}\n`
}

/** The other end of `encodeProxyConfig`, same build. Throws on text that is not its output. */
export function decodeProxyConfig(line: string): ProxyConfig {
  return sealed(JSON.parse(line) as Unsealed<ProxyConfig>)
}

/** The body of `POST /reload`. Reveals every secret: for the run's control socket and nothing else. */
export function encodeRunPolicy({ routes, resolve, budgets, logLevel, serverTools }: RunPolicy): string {
  const own = { resolve, budgets, logLevel, ...(serverTools === undefined ? {} : { serverTools }) }
  return JSON.stringify(unsealed({ routes, ...own }))
}

/** The other end of `encodeRunPolicy`. Throws SyntaxError on anything that is not whole. */
export function decodeRunPolicy(text: string): RunPolicy {
  const given = JSON.parse(text) as Partial<Unsealed<RunPolicy>>
  const { routes, resolve, budgets, logLevel, serverTools } = given
  if (!Array.isArray(routes) || resolve === undefined || budgets === undefined || logLevel === undefined)
    throw new SyntaxError("a policy has 'routes', 'resolve', 'budgets' and 'logLevel'")
  return sealed({ routes, resolve, budgets, logLevel, ...(serverTools === undefined ? {} : { serverTools }) })
}

type Unsealed<P extends RunPolicy> = Omit<P, "routes"> & { readonly routes: readonly (Route & { secret?: string })[] }

function unsealed(policy: RunPolicy): object {
  return { ...policy, routes: policy.routes.map((route) => ({ ...route, secret: route.secret?.reveal() })) }
}

function sealed<P extends RunPolicy>(policy: Unsealed<P>): P {
  const routes = policy.routes.map(({ secret, ...route }) =>
    secret === undefined ? route : { ...route, secret: new Secret(secret) },
  )
  return { ...policy, routes } as unknown as P
}

/** A line on the proxy's stdout. */
export type ProxyReport =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly message: string; readonly hint?: string }
  | { readonly kind: "warning"; readonly percent: 80 | 90 | 95; readonly budget: BudgetState }
  | { readonly kind: "budget-exhausted"; readonly budget: BudgetState }
  | { readonly kind: "ledger-unavailable"; readonly message: string }
  /** Cut off for so many requests that carried a credential of the host's. */
  | { readonly kind: "dlp-limit"; readonly matches: number }

export interface BudgetState {
  readonly provider: string
  readonly scope: Scope
  readonly limitTokens: number
  readonly usedTokens: number
  readonly window: Window
  /** True when a ceiling of settings.yml binds, which `budget set` does not raise. */
  readonly isCeiling: boolean
}

/** `GET /status` on the control socket. `POST /cutoff`, `/restore`, `/reload` answer the same shape. */
export interface ControlStatus {
  readonly slug: Slug
  readonly egress: "open" | "cut"
  readonly openStreams: number
  readonly requests: number
  readonly denied: number
}

/** One line of events.jsonl. `path` has no query string; nothing here is a body or a credential. */
export interface EgressEvent {
  readonly at: string
  readonly kind: "denied" | "forwarded"
  readonly reason?: DenialReason
  readonly method?: string
  readonly host: string
  readonly port: number
  readonly path?: string
  readonly status?: number
  readonly rule?: string
  /** Of a `dlp-match`: what found it. */
  readonly detector?: string
  readonly durationMs?: number
}
