// The one table that says where a bottle may go and which credential rides along.
//
// A route is made by manifests and providers, resolved by the launcher, and obeyed by the
// proxy. Policy and credential injection read the same row, so they cannot disagree.

import type { Secret } from "../secret.ts"
import type { ProviderName } from "../spend/budget.ts"

export const PATH_MATCH_TYPES = ["exact", "prefix", "regex"] as const
export interface PathMatch {
  readonly type: (typeof PATH_MATCH_TYPES)[number]
  readonly value: string
}

export interface HeaderMatch {
  /** Lower-case. */
  readonly name: string
  readonly value: string
}

/** AND inside one match, OR between the matches of a route. */
export interface RouteMatch {
  readonly methods: readonly string[] | "every"
  readonly paths: readonly PathMatch[] | "every"
  readonly headers: readonly HeaderMatch[]
}

/** How a credential is written into a request. `{secret}` in `template` is where the text goes. */
export interface Injection {
  /** Lower-case header name. */
  readonly header: string
  /** For example `Bearer {secret}` or `{secret}`. */
  readonly template: string
  /** Further headers written with it, names in lower case: which account it is of. Not secret. */
  readonly withHeaders?: Readonly<Record<string, string>>
}

export interface Metering {
  readonly provider: ProviderName
  /** Which formats the host speaks, by path: a `ProviderHost` name of libs/model-apis. */
  readonly api: string
}

export const DLP_MODES = ["block", "redact", "off"] as const
export const DLP_DETECTORS = ["known_secrets", "token_patterns"] as const

/** The operator's second net: what is looked for in all that leaves to a host, and what a find does. */
export interface Dlp {
  readonly outbound: (typeof DLP_MODES)[number]
  readonly detect: readonly (typeof DLP_DETECTORS)[number][]
}

export const DEFAULT_DLP: Dlp = { outbound: "block", detect: ["known_secrets"] }

export const SERVER_TOOL_RULES = ["refuse", "trim", "allow"] as const
/** How the proxy treats a request by which the provider itself would reach hosts outside the routes. */
export type ServerToolRule = (typeof SERVER_TOOL_RULES)[number]

export interface Route {
  /** Canonical: `api.example.com`, `*.example.com`, or an IP literal. */
  readonly host: string
  readonly port: number
  readonly scheme: "https" | "http"
  readonly effect: "allow" | "deny"
  /** False passes bytes through after the SNI check: no rules on requests, no credential, no meter. */
  readonly inspect: boolean
  readonly matches: readonly RouteMatch[] | "every"
  readonly injection?: Injection
  readonly metering?: Metering
  /** Absent: `DEFAULT_DLP`. */
  readonly dlp?: Dlp
  /** Where the row came from, for `info`, the log and messages: `bottle dev`, `provider claude`. */
  readonly origin: string
}

/** A route with its credential in hand. Exists in the launcher and the proxy only. */
export interface CredentialedRoute extends Route {
  readonly secret?: Secret
  /** The id of the login whose access token the secret is: it is replaced while the run runs. */
  readonly login?: string
  /** The proxy answers with this text itself, and no request leaves. */
  readonly ownAnswer?: string
}

/** The server that a route speaks of, as one text: routes of one site have one credential and one bill. */
export function siteOf({ host, port, scheme }: Pick<Route, "host" | "port" | "scheme">): string {
  return `${scheme}://${host}:${port}`
}
