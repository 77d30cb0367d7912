// Which route would allow a request that was refused, as the lines of a bottle's manifest, or
// why no route can.

import { type DenialReason, formatAuthority, type HoldProposal, type RouteProposal } from "@bot-bottle/contracts"
import type { DenialView } from "./host-view.ts"

export type Suggestion =
  | { readonly outcome: "route"; readonly lines: readonly string[] }
  | { readonly outcome: "none"; readonly why: string }

/** Why a wider policy cannot fix it; undefined for a reason that a route fixes. Complete, so that a new reason is judged. */
// biome-ignore format: a table
const NO_ROUTE: Readonly<Record<DenialReason, string | undefined>> = {
  "host-not-allowed":           undefined,
  "port-not-allowed":           undefined,
  "awaiting-approval":          undefined,
  "approval-denied":            undefined,
  "method-or-path-not-allowed": undefined,
  "endpoint-not-metered": "The provider bills this call in a way that cannot be counted. No route allows that.",
  "ip-literal":           "The request named an address. Allow the host by its name, unless you know that address.",
  "dlp-match":            "The request carried a credential of the host. No route allows that.",
  "host-mismatch":        "The request named one host to the proxy and another inside. No route allows that.",
  "foreign-protocol":     "The bytes were not HTTP. No route allows that.",
  "malformed-host":       "The host is not a valid name. No route can match it.",
  "address-not-allowed":  "The name resolves to a private address. Only 'resolve' in settings.yml allows that.",
  "body-too-large":       "The request is larger than the proxy forwards.",
  "too-many-failures":    "The bottle failed too often in a short time and must wait.",
  "fan-out-limit":        "It asks faster than it may, and waits. Raise parallel or the rate.",
  "no-price":             "The model has no price. Give one in prices.yml.",
  "budget-exhausted":     "The budget is spent. Raise the budget of the run.",
  "cut-off":              "The run is cut off. Restore it, and it may ask again.",
  "lease-expired":        "The worker did not renew the lease on the job. Another host may run it now.",
  "upstream-unreachable": "The host did not answer. The policy allows it.",
  "upstream-tls":         "The host's certificate is not valid. The policy allows the host.",
  "ledger-unavailable":   "The ledger could not be written, so the request was refused.",
}

/** Why no route can allow what was refused so; undefined for a reason that a route fixes. */
export function noRouteFor(reason: DenialReason): string | undefined {
  return NO_ROUTE[reason]
}

export function suggestRoute({ reason, host, port, method, path }: DenialView): Suggestion {
  // Past a bound the watcher counts the rest of a run's hosts together.
  const why =
    NO_ROUTE[reason] ?? (host.includes(" ") ? "Too many hosts to name each here. The log has them." : undefined)
  if (why !== undefined) return { outcome: "none", why }
  const route = [
    "egress:",
    "  routes:",
    `    - host: ${quoted(host)}`,
    ...(port === 443 || port === 0 ? [] : port === HTTP ? ["      http: true"] : [`      port: ${port}`]),
  ]
  if (reason !== "method-or-path-not-allowed") return { outcome: "route", lines: route }
  return {
    outcome: "route",
    lines: [
      ...route,
      "      matches:",
      `        - methods: [${method ?? "GET"}]`,
      ...(path === null ? [] : [`          paths: [{ type: exact, value: ${quoted(path)} }]`]),
    ],
  }
}

/** The lines of a bottle's manifest that would grant an ask for good. */
export function askedRoute(ask: RouteProposal | HoldProposal): readonly string[] {
  const route = ["egress:", "  routes:", `    - host: ${quoted(ask.host)}`]
  if (ask.kind === "hold") {
    const isHttp = ask.scheme === "http"
    const port = ask.port === (isHttp ? 80 : 443) ? [] : [`      port: ${ask.port}`]
    return [...route, ...port, ...(isHttp ? ["      http: true"] : [])]
  }
  const { methods, paths } = ask
  const match = [
    ...(methods === undefined ? [] : [`methods: [${methods.join(", ")}]`]),
    ...(paths === undefined ? [] : ["paths:", ...paths.map((path) => `  - { type: prefix, value: ${quoted(path)} }`)]),
  ]
  const lines = match.map((text, index) => `        ${index === 0 ? "- " : "  "}${text}`)
  return lines.length === 0 ? route : [...route, "      matches:", ...lines]
}

/** The same as arguments of the `allow` command. */
export function allowArguments({ reason, host, port, method, path }: DenialView): readonly string[] {
  const target = [shownAuthority(host, port), ...(port === HTTP ? ["--http"] : [])]
  if (reason !== "method-or-path-not-allowed") return target
  return [...target, ...(method === null ? [] : ["--method", method]), ...(path === null ? [] : ["--path", path])]
}

/** `POST gitea.lan/api/v1/repos`, `registry.yarnpkg.com`, `10.0.0.1:80`. */
export function describeTarget({ method, host, port, path }: DenialView): string {
  const authority = port === HTTP ? formatAuthority({ host, port }) : shownAuthority(host, port)
  return method === null || path === null ? authority : `${method} ${authority}${path}`
}

/** The port of plain HTTP: no TLS host answers there. */
const HTTP = 80

/** A denial without a port is of a name alone. */
function shownAuthority(host: string, port: number): string {
  return formatAuthority({ host, port: port === 0 ? 443 : port }, port === HTTP ? "http" : "https")
}

/** Plain where YAML reads it as the same text. */
function quoted(text: string): string {
  return /^[a-zA-Z0-9/][\w./-]*$/.test(text) && !/^\d+$/.test(text) ? text : JSON.stringify(text)
}
