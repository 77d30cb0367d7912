// Routes, requests and decisions in short, for the tests of the decisions.

import { type Authority, type CredentialedRoute, parseAuthority, type Route } from "@bot-bottle/contracts"
import type { createRouteTable, EgressRequest } from "../decide.ts"

export function route(fields: Partial<CredentialedRoute> & Pick<Route, "host">): CredentialedRoute {
  return {
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bottle dev",
    ...fields,
  }
}

export function pathRoute(type: "exact" | "prefix" | "regex", value: string): Route {
  return route({ host: "a.test", matches: [match({ paths: [{ type, value }] })] })
}

export type Match = Exclude<Route["matches"], "every">[number]

export function match(fields: Partial<Match>): Match {
  return { methods: "every", paths: "every", headers: [], ...fields }
}

export function get(path: string): EgressRequest {
  return { method: "GET", path, headers: {} }
}

export function authority(text: string): Authority {
  const parsed = parseAuthority(text, 443)
  if (parsed.kind === "malformed") throw new Error(`bad test authority ${text}: ${parsed.detail}`)
  return parsed
}

export function outcomeOf(table: ReturnType<typeof createRouteTable>, path: string): string {
  return table.decideRequest(authority("a.test"), "https", get(path)).outcome
}

export function denied(reason: string): never {
  return { outcome: "deny", reason } as never
}

export function caught(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
