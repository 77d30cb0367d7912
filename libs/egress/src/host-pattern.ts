// The one place that says what a host pattern of a route means.
//
// `example.com` is that name only. `*.example.com` is every name below it, at any depth,
// and never `example.com` itself. An IP literal is that address, in any spelling. Nothing
// else may hold a `*`, and a pattern over a whole top-level domain is refused.

import { type Hostname, parseHostname } from "@bot-bottle/contracts"

export type HostPattern =
  /** `text` is the canonical spelling, as `Route.host` keeps it. */
  | { readonly kind: "exact"; readonly host: Hostname; readonly literal: boolean; readonly text: string }
  | { readonly kind: "below"; readonly parent: Hostname; readonly text: string }

export interface HostPatternProblem {
  readonly kind: "problem"
  readonly reason: "empty" | "url" | "port" | "wildcard-misplaced" | "too-broad" | "malformed"
  /** One sentence without the pattern itself. */
  readonly detail: string
}

export function parseHostPattern(text: string): HostPattern | HostPatternProblem {
  if (text === "") return problem("empty", "a route needs a host")
  if (text.includes("/")) return problem("url", "a host is expected here, not a URL or a path")
  if (text === "*") return problem("too-broad", "name the hosts; there is no pattern for every host")
  if (/^[^:]+:\d+$/.test(text)) return problem("port", "the port goes into the route's port field")

  const below = text.startsWith("*.")
  const nameText = below ? text.slice(2) : text
  if (nameText.includes("*")) return problem("wildcard-misplaced", "`*.` may stand only once, at the front")

  const name = parseHostname(nameText)
  if (name.kind === "malformed") return problem("malformed", name.detail)
  if (!below) return { kind: "exact", host: name.host, literal: name.kind === "ip", text: name.host }
  if (name.kind === "ip") return problem("malformed", "addresses have no names below them")
  if (!name.host.includes(".")) return problem("too-broad", "a pattern over a whole top-level domain is too broad")
  return { kind: "below", parent: name.host, text: `*.${name.host}` }
}

function problem(reason: HostPatternProblem["reason"], detail: string): HostPatternProblem {
  return { kind: "problem", reason, detail }
}
