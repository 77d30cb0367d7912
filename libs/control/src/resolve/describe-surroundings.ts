// The paragraph on its surroundings that an agent gets with its system prompt: where it may go,
// how to read a refusal, and how to ask for more. Without it, agents take a refusal for a broken
// network. Pure.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { BottleManifest } from "@bot-bottle/manifest"
import { listOpenRoutes } from "./open-routes.ts"

/** Longer lists are cut: the paragraph costs tokens in every request. */
const MAX_HOSTS = 20

export interface Surroundings {
  readonly routes: readonly CredentialedRoute[]
  readonly bottle: Pick<BottleManifest, "supervise" | "onUnlisted">
}

export function describeSurroundings({ routes, bottle }: Surroundings): string {
  const hosts = [...new Set(listOpenRoutes(routes).map(({ host }) => host))]
  const shown = hosts.slice(0, MAX_HOSTS).join(", ")
  const asksForHosts = bottle.supervise && bottle.onUnlisted === "ask"
  const more = hosts.length > MAX_HOSTS ? `, and ${hosts.length - MAX_HOSTS} more` : ""
  return [
    "You run in an isolated environment. Its network reaches only these hosts:",
    `${hosts.length === 0 ? "none" : `${shown}${more}`}.`,
    ...(asksForHosts ? ["Any other request waits for the operator, who may let it through."] : []),
    `${asksForHosts ? "A refused" : "Any other"} request is answered with status 403 and its reason in the header x-bot-bottle-reason.`,
    bottle.supervise
      ? "Do not retry such a request and do not look for a mirror: ask the operator for the host."
      : "Do not retry such a request and do not look for a mirror: tell the user which host you need.",
    "Status 402 means that the token budget is used up.",
    ...(bottle.supervise ? [ASKING] : []),
  ].join(" ")
}

const ASKING = [
  'To ask the operator, use the tools of the MCP server "supervise" (propose_route, request_budget, list_routes, status),',
  "or the command `ask` (see `ask --help`). A question returns at once, and its answer comes later:",
  "continue with other work, and look at status.",
].join(" ")
