// One request as policy sees it: from the words of a person, or from a line of the event log.

import { formatAuthority, type Hostname, OperatorProblem, parseAuthority } from "@bot-bottle/contracts"
import type { EgressEvent } from "@bot-bottle/contracts/messages/egress-event"

export interface PolicyRequest {
  /** Upper-case. */
  readonly method: string
  readonly scheme: "https" | "http"
  /** Canonical, as in a route. */
  readonly host: Hostname
  readonly kind: "name" | "ip"
  readonly port: number
  /** Without query. */
  readonly path: string
  /** Lower-case name to value. */
  readonly headers: Readonly<Record<string, string>>
}

/** `method` and `url` as typed. Throws OperatorProblem naming what is wrong. */
export function parsePolicyRequest(method: string, url: string): PolicyRequest {
  if (!/^[A-Za-z][A-Za-z-]{0,31}$/.test(method))
    throw new OperatorProblem(`invalid method '${method}'`, { exitCode: 2, hint: EXAMPLE })
  const [, scheme = "", place = "", path = ""] = /^(https?):\/\/([^/?#]+)(\/[^?#]*)?/i.exec(url) ?? []
  const isHttps = scheme.toLowerCase() === "https"
  const authority = place === "" ? undefined : parseAuthority(place, isHttps ? 443 : 80)
  if (authority === undefined)
    throw new OperatorProblem(`invalid URL '${url}': it starts with https:// or http:// and a host`, {
      exitCode: 2,
      hint: EXAMPLE,
    })
  if (authority.kind === "malformed")
    throw new OperatorProblem(`invalid URL '${url}': ${authority.detail}`, { exitCode: 2, hint: EXAMPLE })
  return {
    method: method.toUpperCase(),
    scheme: isHttps ? "https" : "http",
    host: authority.host,
    kind: authority.kind,
    port: authority.port,
    path: path === "" ? "/" : path,
    headers: {},
  }
}

const EXAMPLE = "for example: bot-bottle policy check GET https://api.example.com/v1/items --bottle dev"

/** Undefined for an event that carried no request, as a tunnel that its client left. */
export function requestOfEvent({ method, scheme, host, port, path }: EgressEvent): PolicyRequest | undefined {
  if (method === undefined || method === "" || path === undefined || host === "") return undefined
  const authority = parseAuthority(host.includes(":") ? `[${host}]` : host, port)
  if (authority.kind === "malformed") return undefined
  return {
    method: method.toUpperCase(),
    // Events of an older version have no scheme.
    scheme: scheme ?? (port === 80 ? "http" : "https"),
    host: authority.host,
    kind: authority.kind,
    port,
    path,
    headers: {},
  }
}

/** `GET https://api.example.com/v1/items` */
export function showRequest({ method, scheme, host, port, path }: PolicyRequest): string {
  return `${method} ${scheme}://${formatAuthority({ host, port }, scheme)}${path}`
}
