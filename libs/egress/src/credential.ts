// Takes the agent's credentials out of a request and writes the route's in; takes the real
// one out of what comes back.
//
//   INV-11  An agent-sent key never reaches a credentialed host, and a real one never
//           reaches the agent.

import type { ArmedRoute } from "@bot-bottle/contracts"

/** Headers and query as they leave: agent credentials removed, the route's injected, method overrides and hop-by-hop gone. */
export function prepareOutbound(
  route: ArmedRoute,
  headers: Headers,
  search: string,
): { readonly headers: Headers; readonly search: string } {
  throw new Error(`to be built: ${route.host} ${headers} ${search}`)
}

/** Response headers with every occurrence of the secret replaced. */
export function scrubHeaders(route: ArmedRoute, headers: Headers): Headers {
  throw new Error(`to be built: ${route.host} ${headers}`)
}

/** A body (an error's, up to 64 KiB) with every occurrence of the secret replaced. */
export function scrubBody(route: ArmedRoute, body: Uint8Array): Uint8Array {
  throw new Error(`to be built: ${route.host} ${body}`)
}
