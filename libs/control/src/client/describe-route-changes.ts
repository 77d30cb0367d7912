// Which places a policy opens and closes, next to the one before: for the operator and the audit trail.

import { formatAuthority, type ListedRoute } from "@bot-bottle/contracts"

export function describeRouteChanges(
  before: readonly ListedRoute[],
  after: readonly ListedRoute[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const [old, now] = [describeAll(before), describeAll(after)]
  return { added: [...now].filter((row) => !old.has(row)), removed: [...old].filter((row) => !now.has(row)) }
}

function describeAll(routes: readonly ListedRoute[]): ReadonlySet<string> {
  return new Set(routes.map(describeRoute))
}

function describeRoute({ host, port, scheme, effect, inspect, matches, ...others }: ListedRoute): string {
  // A new field stops the compiler here: a change of it must show.
  others satisfies Record<string, never>
  const marks = [
    ...(inspect ? [] : ["not inspected"]),
    // Two rules of one host must not look the same, or a change from one to the other would not show.
    ...(matches === "every" ? [] : [JSON.stringify(matches)]),
  ]
  return `${effect} ${scheme}://${formatAuthority({ host, port })}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`
}
