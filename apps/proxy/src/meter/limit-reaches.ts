// Holds a billed request to the route list where the provider itself would reach out for the
// agent: a search, a fetch, a remote server. What is not listed is refused, or taken out.
//
// The provider's filters take all names below an allowed one along, so what `trim` writes may
// reach a little further than the routes do; an operator who says `trim` accepts that.

import type { ArmedRoute, Denial, ServerToolRule } from "@bot-bottle/contracts"
import { isReachListed, listReachableNames } from "@bot-bottle/egress"
import type { ModelApi, ModelRequest, ServerReach } from "@bot-bottle/model-apis"
import { describeServerReach } from "../denial-words.ts"
import type { KnownTable } from "./known-responses.ts"
import type { CarryOut } from "./request-reader.ts"

export interface ReachLimits {
  readonly rule: ServerToolRule
  readonly routes: readonly ArmedRoute[]
  /** For messages. */
  readonly place: string
}

export interface LimitedRequest {
  readonly model: ModelRequest
  readonly body: Uint8Array
}

export interface LimitingTools {
  readonly carryOut: CarryOut
  readonly known: KnownTable
}

/** For a message of a WebSocket, which is never trimmed: why it may not leave. */
export function findReachRefusal(model: ModelRequest, { rule, routes, place }: ReachLimits): Denial | undefined {
  const reach = rule === "allow" ? undefined : findUnlisted(model, (host) => isReachListed(routes, host))
  return reach === undefined ? undefined : describeServerReach(place, reach.what, reach.hosts)
}

export async function limitReaches(
  api: ModelApi,
  asked: LimitedRequest,
  limits: ReachLimits,
  { carryOut, known }: LimitingTools,
): Promise<LimitedRequest | Denial> {
  const refusal = findReachRefusal(asked.model, limits)
  if (refusal === undefined) return asked
  if (limits.rule !== "trim" || api.trimReaches === undefined) return refusal

  const names = listReachableNames(limits.routes)
  const trimmed = await carryOut(api, { kind: "trim", body: asked.body, hosts: names })
  const model = trimmed === undefined ? undefined : await carryOut(api, { kind: "read", body: trimmed, known })
  if (trimmed === undefined || model === undefined) return refusal
  const isNamed = (host: string) => names.some((name) => host === name || host.endsWith(`.${name}`))
  const left = findUnlisted(model, (host) => isReachListed(limits.routes, host) || isNamed(host.replace(/^\*\./, "")))
  if (left !== undefined) return describeServerReach(limits.place, left.what, left.hosts)
  return { model, body: trimmed }
}

function findUnlisted({ reaches = [] }: ModelRequest, isListed: (host: string) => boolean): ServerReach | undefined {
  return reaches.find(({ hosts }) => hosts === "anywhere" || hosts.length === 0 || !hosts.every(isListed))
}
