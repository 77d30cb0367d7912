// Narrows the web search of a request to hosts that are allowed: the one hosted tool that takes a
// filter. Other tools that would fetch stay as they are, for the caller to see and refuse.
//
// The list of tools is rewritten, the rest of the body stays byte for byte.

import { asList, asObject, type JsonObject } from "@bot-bottle/contracts"
import { editFields } from "../unambiguous-object.ts"
import { hostsOfTool, isFilteredSearch, nameOfDomain } from "./hosted-tools.ts"

/** `hosts` are names without wildcards. Undefined when a search would be left with none. */
export function trimServerFetches(body: Uint8Array, hosts: readonly string[]): Uint8Array | undefined {
  let isEmpty = false
  const trimmed = editFields(
    body,
    ["tools"],
    (_field, tools) => {
      const kept = asList(tools).map((value) => {
        const tool = asObject(value)
        if (tool === undefined || !isFilteredSearch(tool) || hostsOfTool(tool) === undefined) return value
        const allowed = allowedNames(tool, hosts)
        isEmpty ||= allowed.length === 0
        return { ...tool, filters: { ...asObject(tool["filters"]), allowed_domains: allowed } }
      })
      return JSON.stringify(kept)
    },
    () => ({}),
  )
  return isEmpty ? undefined : trimmed
}

/** The hosts that the tool names and that are listed; without a list of its own, all listed hosts. */
function allowedNames(tool: JsonObject, hosts: readonly string[]): readonly string[] {
  const own = asList(asObject(tool["filters"])?.["allowed_domains"]).map(nameOfDomain)
  if (own.length === 0) return hosts
  return own.filter((name) => hosts.some((host) => name === host || name.endsWith(`.${host}`)))
}
