// A change of a bottle's routes that is as small as the rules can say: what it does to the table,
// and how it is written in a manifest.

import type { Route, RouteMatch } from "@bot-bottle/contracts"
import type { PolicyRoute } from "./judge.ts"

export type PolicyEdit =
  /** `route` is new. `beside`: the route of the same host that it is a further match of. */
  | { readonly kind: "add"; readonly route: PolicyRoute; readonly beside?: PolicyRoute }
  /** The deny route goes. */
  | { readonly kind: "remove"; readonly route: PolicyRoute }

/** The routes with the edit made. */
export function withEdit(routes: readonly PolicyRoute[], edit: PolicyEdit): readonly PolicyRoute[] {
  if (edit.kind === "add") return [...routes, edit.route]
  return routes.filter((route) => route !== edit.route)
}

/** The lines of the edit under `egress.routes`. */
export function describeEdit({ kind, route }: PolicyEdit): readonly string[] {
  if (kind === "remove") return [`- ${hostLine(route)}`, "  deny: true"]
  const { host, port, scheme, effect, inspect, matches } = route
  return [
    `- ${hostLine({ host })}`,
    ...(port === (scheme === "http" ? 80 : 443) ? [] : [`  port: ${port}`]),
    ...(scheme === "http" ? ["  http: true"] : []),
    ...(effect === "deny" ? ["  deny: true"] : []),
    ...(inspect ? [] : ["  inspect: false"]),
    ...(matches === "every" ? [] : ["  matches:", ...matches.map((match) => `    - ${flow(match)}`)]),
  ]
}

function hostLine({ host }: Pick<Route, "host">): string {
  return `host: ${quoted(host)}`
}

function flow({ methods, paths, headers, ...others }: RouteMatch): string {
  // A new rule stops the compiler here: an edit that dropped it would allow too much.
  others satisfies Record<string, never>
  const parts = [
    ...(methods === "every" ? [] : [`methods: [${methods.join(", ")}]`]),
    ...(paths === "every"
      ? []
      : [`paths: [${paths.map(({ type, value }) => `{ type: ${type}, value: ${quoted(value)} }`).join(", ")}]`]),
    ...(headers.length === 0
      ? []
      : [`headers: [${headers.map(({ name, value }) => `{ name: ${name}, value: ${quoted(value)} }`).join(", ")}]`]),
  ]
  return `{ ${parts.join(", ")} }`
}

/** Plain where YAML reads it as the same text. */
function quoted(text: string): string {
  return /^[a-zA-Z/][\w./-]*$/.test(text) ? text : JSON.stringify(text)
}
