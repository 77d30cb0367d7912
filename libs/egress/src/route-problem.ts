// Says what is wrong with one route, so that a manifest can name it and a table can refuse it.

import { INTERNAL_HOST, type Route } from "@bot-bottle/contracts"
import { parseHostPattern } from "./host-pattern.ts"
import { parseRequestRule } from "./request-rule.ts"

/** One sentence for the operator, or undefined when the route is sound. */
export function findRouteProblem(route: Route): string | undefined {
  const pattern = parseHostPattern(route.host)
  if (pattern.kind === "problem")
    return `host ${JSON.stringify(route.host)} is not a valid host pattern: ${pattern.detail}`
  if (pattern.text === INTERNAL_HOST || pattern.text.endsWith(`.${INTERNAL_HOST}`))
    return `${INTERNAL_HOST} and the names below it are bot-bottle's own`
  if (pattern.text !== route.host)
    return `host ${JSON.stringify(route.host)} is not in its canonical form \`${pattern.text}\``
  if (!Number.isInteger(route.port) || route.port < 1 || route.port > 65_535)
    return `port ${route.port} is not a number from 1 to 65535`

  const rule = parseRequestRule(route)
  if (rule.kind === "problem") return rule.detail
  if (route.effect === "deny") return undefined

  const passthrough = !route.inspect && route.scheme === "https"
  if (pattern.kind === "exact" && pattern.literal && route.scheme === "https" && route.inspect)
    return "an address may be a route only with `inspect: false` or `http: true`"
  if (passthrough && route.matches !== "every") return "`matches` needs `inspect`: passthrough bytes cannot be judged"
  if (passthrough && route.injection !== undefined)
    return "`auth` needs `inspect`: nothing can be written into passthrough bytes"
  if (passthrough && route.metering !== undefined)
    return "a metered host needs `inspect`: passthrough bytes cannot be counted"
  return undefined
}
