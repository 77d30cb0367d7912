// The paragraph on its surroundings that an agent gets with its system prompt: where it may go,
// and how to read a refusal. Without it, agents take a refusal for a broken network. Pure.

import type { CredentialedRoute } from "@bot-bottle/contracts"

/** Longer lists are cut: the paragraph costs tokens in every request. */
const MAX_HOSTS = 20

export function describeSurroundings({ routes }: { readonly routes: readonly CredentialedRoute[] }): string {
  const hosts = [...new Set(routes.filter(({ effect }) => effect === "allow").map(({ host }) => host))]
  const shown = hosts.slice(0, MAX_HOSTS).join(", ")
  const more = hosts.length > MAX_HOSTS ? `, and ${hosts.length - MAX_HOSTS} more` : ""
  return [
    "You run in an isolated environment. Its network reaches only these hosts:",
    `${hosts.length === 0 ? "none" : `${shown}${more}`}.`,
    "Any other request is answered with status 403 and its reason in the header x-bot-bottle-reason.",
    "Do not retry such a request and do not look for a mirror: tell the user which host you need.",
    "Status 402 means that the token budget is used up.",
  ].join(" ")
}
