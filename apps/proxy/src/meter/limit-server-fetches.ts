// Holds a billed request to the route list where the provider itself would reach out for the agent:
// a search, a fetch, a remote server. A target that is not listed is refused, or removed.
//
// The provider's filters take all names below an allowed one along. So the fields that `trim`
// writes may reach a little further than the routes do. An operator who says `trim` accepts that.

import type { CredentialedRoute, Denial, ServerToolRule } from "@bot-bottle/contracts"
import { isFetchListed, listFetchableNames } from "@bot-bottle/egress"
import type { ModelApi, ModelRequest, ServerSideFetch } from "@bot-bottle/model-apis"
import { describeServerFetch } from "../describe-denial.ts"
import type { KnownTable } from "./known-responses.ts"
import type { CarryOut } from "./request-reader.ts"

export interface ServerFetchLimits {
  readonly rule: ServerToolRule
  readonly routes: readonly CredentialedRoute[]
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
export function findFetchRefusal(model: ModelRequest, { rule, routes, place }: ServerFetchLimits): Denial | undefined {
  const serverFetch = rule === "allow" ? undefined : findUnlisted(model, (host) => isFetchListed(routes, host))
  return serverFetch === undefined ? undefined : describeServerFetch(place, serverFetch.what, serverFetch.hosts)
}

export async function limitServerFetches(
  api: ModelApi,
  asked: LimitedRequest,
  limits: ServerFetchLimits,
  { carryOut, known }: LimitingTools,
): Promise<LimitedRequest | Denial> {
  const refusal = findFetchRefusal(asked.model, limits)
  if (refusal === undefined) return asked
  if (limits.rule !== "trim" || api.trimServerFetches === undefined) return refusal

  const names = listFetchableNames(limits.routes)
  const trimmed = await carryOut(api, { kind: "trim", body: asked.body, hosts: names })
  const model = trimmed === undefined ? undefined : await carryOut(api, { kind: "read", body: trimmed, known })
  if (trimmed === undefined || model === undefined) return refusal
  const isNamed = (host: string) => names.some((name) => host === name || host.endsWith(`.${name}`))
  const left = findUnlisted(model, (host) => isFetchListed(limits.routes, host) || isNamed(host.replace(/^\*\./, "")))
  if (left !== undefined) return describeServerFetch(limits.place, left.what, left.hosts)
  return { model, body: trimmed }
}

function findUnlisted(
  { serverFetches = [] }: ModelRequest,
  isListed: (host: string) => boolean,
): ServerSideFetch | undefined {
  return serverFetches.find(({ hosts }) => hosts === "anywhere" || hosts.length === 0 || !hosts.every(isListed))
}
