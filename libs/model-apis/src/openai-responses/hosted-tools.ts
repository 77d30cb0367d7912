// Tools that run at the provider. Their results become input of the same request after it was sent,
// and their fetches are a way out that is not ours.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { hostsOfUrl } from "../openai-tokens/url-hosts.ts"

/** For what one use brings into the input. */
const USE_TOKENS = 20_000
const USES_UNSTATED = 5
const MAX_USES = 10
/** Instructions the provider adds for a tool of its own. */
const OWN_TOOL_TOKENS = 800

/** They run in the bottle: the model only asks for them. */
const LOCAL_TOOLS = new Set([
  "function",
  "custom",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use_preview",
  "namespace",
  "tool_search",
])

/**
 * The tokens that its uses may add to the input, and the provider's own text about it; 0 for a tool
 * that runs in the bottle.
 */
export function hostedToolTokens(value: unknown, maxToolCalls: unknown): number {
  const tool = asObject(value)
  const nested = asList(tool?.["tools"]).reduce<number>((sum, one) => sum + hostedToolTokens(one, maxToolCalls), 0)
  if (tool === undefined || LOCAL_TOOLS.has(asText(tool["type"]) ?? "") || isLocalShell(tool)) return nested
  const uses = typeof maxToolCalls === "number" && maxToolCalls >= 1 ? Math.ceil(maxToolCalls) : USES_UNSTATED
  return nested + OWN_TOOL_TOKENS + Math.min(uses, MAX_USES) * USE_TOKENS
}

/** Where it would reach on the agent's word: host names, `anywhere`, or undefined for nowhere. */
export function hostsOfTool(tool: JsonObject): readonly string[] | "anywhere" | undefined {
  const type = asText(tool["type"]) ?? ""
  if (LOCAL_TOOLS.has(type) || type === "file_search" || type === "image_generation") return undefined
  if (type.startsWith("web_search")) return searchHosts(tool)
  if (type === "code_interpreter") return sandboxHosts(tool["container"])
  if (type === "shell") return isLocalShell(tool) ? undefined : sandboxHosts(tool["environment"])
  if (type === "mcp") return hostsOfUrl(tool["server_url"])
  return "anywhere"
}

/** Without live access it answers from what the provider has gathered before. */
function searchHosts(tool: JsonObject): readonly string[] | "anywhere" | undefined {
  if (tool["external_web_access"] === false) return undefined
  const allowed = asList(asObject(tool["filters"])?.["allowed_domains"])
  return namesOrAnywhere(allowed)
}

/** A sandbox of the provider's has no network unless it is given some; one made before may have any. */
function sandboxHosts(sandbox: unknown): readonly string[] | "anywhere" | undefined {
  const options = asObject(sandbox)
  const isNew = options?.["type"] === "auto" || options?.["type"] === "container_auto"
  if (options === undefined || !isNew) return "anywhere"
  const policy = asObject(options["network_policy"])
  if (options["network_policy"] == null || policy?.["type"] === "disabled") return undefined
  return policy?.["type"] === "allowlist" ? namesOrAnywhere(asList(policy["allowed_domains"])) : "anywhere"
}

/** A domain that is allowed takes all below it along. */
function namesOrAnywhere(domains: readonly unknown[]): readonly string[] | "anywhere" {
  if (domains.length === 0) return "anywhere"
  return domains.flatMap((domain) => {
    const name = nameOfDomain(domain)
    return [name, `*.${name}`]
  })
}

/** `example.com/docs` may limit paths as well; a route list does not tell them apart. */
export function nameOfDomain(domain: unknown): string {
  return (asText(domain) ?? "")
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/s, "")
    .toLowerCase()
}

/** The one hosted tool that can be held to names. */
export function isFilteredSearch(tool: JsonObject): boolean {
  return /^web_search(?:_\d{4}_\d{2}_\d{2})?$/.test(asText(tool["type"]) ?? "")
}

function isLocalShell(tool: JsonObject): boolean {
  return tool["type"] === "shell" && asObject(tool["environment"])?.["type"] === "local"
}
