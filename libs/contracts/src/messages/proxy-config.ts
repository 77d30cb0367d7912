// The configuration of a run's proxy: one JSON line on its stdin, and later the body of
// `POST /reload`. Secrets travel in these two and nowhere else: not in argv, the environment or
// a file.

import * as v from "valibot"
import { type CredentialedRoute, type Dlp, SERVER_TOOL_RULES, type ServerToolRule } from "../egress/route.ts"
import { MATCH_RULES, MAX_ASK_TIMEOUT_MS, type SuperviseRules, UNLISTED_RULES } from "../egress/supervise-rules.ts"
import type { InternalService } from "../forge-files.ts"
import type { Slug } from "../run/run.ts"
import type { RunBudgets } from "../spend/budget.ts"
import type { PriceRow } from "../spend/price.ts"
import { ON_LIMIT_RULES, type OnLimit } from "../spend/provider-window.ts"
import { PROXY_PROTOCOL } from "./control-answer.ts"
import { type RunLease, runLeaseSchema } from "./run-lease.ts"
import { boundedText, type EntriesOf, listOf, nonEmptyText, path, recordOf, wholeNumber } from "./shapes/bounds.ts"
import { runBudgetsSchema } from "./shapes/budget-shapes.ts"
import { type MessageSchema, type Parsed, parseGreeting } from "./shapes/parse-message.ts"
import { priceRowsSchema } from "./shapes/price-shapes.ts"
import { credentialedRouteSchema, dlpSchema, MAX_ROUTES } from "./shapes/route-shapes.ts"

export interface ProxyConfig extends RunPolicy {
  readonly slug: Slug
  readonly ledgerPath: string
  /** Present when several hosts share the ledger. The password is a secret. */
  readonly sharedLedger?: SharedLedgerConfig
  /** Folder shared with the bottle, read-only there: the front socket and the CA files. */
  readonly guestShare: string
  /** Host side only: control socket and event log. */
  readonly egressFolder: string
  /** Present when the run's work is held under a lease: the proxy serves while it is renewed. */
  readonly lease?: RunLease
  /** PEM text of extra roots for upstream TLS. */
  readonly upstreamCa?: string
  /** Unix sockets that answer for names under `bot-bottle.internal`; the others do not exist. */
  readonly internal?: Readonly<Partial<Record<InternalService, string>>>
  /** PEM text of the system roots, to which the run's CA is added for the bottle's bundle. */
  readonly systemRoots: string
}

export interface SharedLedgerConfig {
  readonly url: string
  readonly password?: string
  /** Of the operator: where `.pgpass` is. */
  readonly home: string
}

/** The part of a proxy's configuration that `/reload` replaces while it runs. */
export interface RunPolicy {
  readonly routes: readonly CredentialedRoute[]
  /** Host name -> `ip:port`, the operator's word; not subject to the private-address check. */
  readonly resolve: Readonly<Record<string, string>>
  readonly budgets: RunBudgets
  /** 0 off, 1 denials, 2 every request. */
  readonly logLevel: 0 | 1 | 2
  /** Absent: `refuse`. */
  readonly serverTools?: ServerToolRule
  /** Absent: `refuse`. */
  readonly onLimit?: OnLimit
  /** Absent: the run asks its operator nothing. */
  readonly supervise?: SuperviseRules
  /** Present: what no route lists is forwarded without a credential, and logged. Absent: it is refused. */
  readonly observe?: ObserveUnlisted
  /** The operator's own, which come before the vendors'. Absent: none. */
  readonly prices?: readonly PriceRow[]
}

export interface ObserveUnlisted {
  /** The bottle's own word. Absent: `DEFAULT_DLP`. */
  readonly dlp?: Dlp
}

/** Characters of a configuration, with every route and the roots of the system. */
export const MAX_PROXY_CONFIG = 16 * 1024 * 1024
export const MAX_PEM = 8 * 1024 * 1024

export const sharedLedgerSchema: MessageSchema<SharedLedgerConfig> = v.object({
  url: nonEmptyText(2_000),
  password: v.exactOptional(boundedText(1_000)),
  home: path(),
} satisfies EntriesOf<SharedLedgerConfig>)

const internalSchema = v.object({
  forge: v.exactOptional(path()),
  git: v.exactOptional(path()),
  supervise: v.exactOptional(path()),
} satisfies EntriesOf<Record<InternalService, string>>)

const superviseRulesSchema: MessageSchema<SuperviseRules> = v.object({
  onUnlisted: v.picklist(UNLISTED_RULES),
  onMatch: v.picklist(MATCH_RULES),
  askTimeoutMs: wholeNumber(1, MAX_ASK_TIMEOUT_MS),
  dlp: v.exactOptional(dlpSchema),
} satisfies EntriesOf<SuperviseRules>)

const policyEntries = {
  routes: listOf(credentialedRouteSchema, MAX_ROUTES),
  resolve: recordOf(nonEmptyText(300), 10_000),
  budgets: runBudgetsSchema,
  logLevel: v.picklist([0, 1, 2]),
  serverTools: v.exactOptional(v.picklist(SERVER_TOOL_RULES)),
  onLimit: v.exactOptional(v.picklist(ON_LIMIT_RULES)),
  supervise: v.exactOptional(superviseRulesSchema),
  observe: v.exactOptional(v.object({ dlp: v.exactOptional(dlpSchema) } satisfies EntriesOf<ObserveUnlisted>)),
  prices: v.exactOptional(priceRowsSchema),
} satisfies EntriesOf<RunPolicy>

const runPolicySchema: MessageSchema<RunPolicy> = v.object(policyEntries)

const proxyConfigSchema: MessageSchema<ProxyConfig> = v.object({
  ...policyEntries,
  slug: nonEmptyText(256),
  ledgerPath: path(),
  sharedLedger: v.exactOptional(sharedLedgerSchema),
  guestShare: path(),
  egressFolder: path(),
  lease: v.exactOptional(runLeaseSchema),
  upstreamCa: v.exactOptional(boundedText(MAX_PEM)),
  internal: v.exactOptional(internalSchema),
  systemRoots: boundedText(MAX_PEM),
} satisfies EntriesOf<ProxyConfig>)

const LIMITS = { maxLength: MAX_PROXY_CONFIG, protocol: PROXY_PROTOCOL }

/** Reveals every secret: the result goes to the proxy's stdin and nowhere else. */
export function encodeProxyConfig(config: ProxyConfig): string {
  return `${encode(config)}\n`
}

export function parseProxyConfig(line: string): Parsed<ProxyConfig> {
  return parseGreeting(proxyConfigSchema, line, LIMITS)
}

/** The body of `POST /reload`. Reveals every secret: it goes to the run's control socket and nowhere else. */
export function encodeRunPolicy(policy: RunPolicy): string {
  const { routes, resolve, budgets, logLevel, serverTools, onLimit, supervise, observe, prices } = policy
  return encode({
    routes,
    resolve,
    budgets,
    logLevel,
    ...(serverTools === undefined ? {} : { serverTools }),
    ...(onLimit === undefined ? {} : { onLimit }),
    ...(supervise === undefined ? {} : { supervise }),
    ...(observe === undefined ? {} : { observe }),
    ...(prices === undefined ? {} : { prices }),
  })
}

export function parseRunPolicy(text: string): Parsed<RunPolicy> {
  return parseGreeting(runPolicySchema, text, LIMITS)
}

function encode(policy: RunPolicy): string {
  const routes = policy.routes.map((route) => ({ ...route, secret: route.secret?.reveal() }))
  return JSON.stringify({ protocol: PROXY_PROTOCOL, ...policy, routes })
}
