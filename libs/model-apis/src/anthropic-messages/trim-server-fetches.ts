// Narrows the web tools of a request to hosts that are allowed, where they can be narrowed.
//
// The list of tools is rewritten, the rest of the body stays byte for byte.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { editFields } from "../unambiguous-object.ts"
import { domainOf, isWebTool } from "./server-fetches.ts"

/** `hosts` are names without wildcards. Undefined when a web tool would be left with none. */
export function trimServerFetches(body: Uint8Array, hosts: readonly string[]): Uint8Array | undefined {
  let isEmpty = false
  const trimmed = editFields(
    body,
    ["tools"],
    (_, tools) => {
      const kept = asList(tools).map((value) => {
        const tool = asObject(value)
        if (tool === undefined || !isWebTool(tool)) return value
        const narrowed = trimTool(tool, hosts)
        isEmpty ||= narrowed.allowed_domains.length === 0
        return narrowed
      })
      return JSON.stringify(kept)
    },
    () => ({}),
  )
  return isEmpty ? undefined : trimmed
}

/**
 * The hosts that are both allowed to the tool and listed; without a list of its own, all listed
 * hosts but those that it was denied.
 */
function trimTool(
  tool: JsonObject,
  hosts: readonly string[],
): JsonObject & { readonly allowed_domains: readonly string[] } {
  const { blocked_domains: blocked, ...rest } = tool
  const own = asList(tool["allowed_domains"]).map((domain) => asText(domain) ?? "")
  const denied = asList(blocked).map(domainOf)
  const isListed = (domain: string) => hosts.some((host) => domain === host || domain.endsWith(`.${host}`))
  const isDenied = (host: string) => denied.some((domain) => host === domain || host.endsWith(`.${domain}`))
  return {
    ...rest,
    allowed_domains:
      own.length > 0 ? own.filter((domain) => isListed(domainOf(domain))) : hosts.filter((host) => !isDenied(host)),
  }
}
