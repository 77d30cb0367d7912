// Lists what the provider itself would reach on the agent's word while it answers: its web
// tools, remote MCP servers, images and documents by address. Each is a way out that is not ours.
//
// A tool whose kind is not known to stay inside is taken to reach anywhere. A domain that is
// allowed to one takes all below it along, so it is named here with its wildcard.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import type { ServerSideFetch } from "../model-api.ts"
import { hostsOfUrl } from "../openai-tokens/url-hosts.ts"

/** Run by the client, or at the provider without a network. */
const INSIDE = /^(?:custom|bash|text_editor|computer|memory|tool_search|advisor|mcp_toolset)(?:_|$)/
/** Its container has no network, unless the request says more about it than which one and what it knows. */
const CODE_EXECUTION = /^code_execution(?:_|$)/
const WEB = /^web_(?:search|fetch)(?:_|$)/
const CONTAINER_FIELDS: ReadonlySet<string> = new Set(["id", "skills"])

export function listServerFetches(request: JsonObject): readonly ServerSideFetch[] {
  const serverFetches: ServerSideFetch[] = []
  for (const [index, value] of asList(request["tools"]).entries()) {
    const tool = asObject(value) ?? {}
    const hosts = hostsOfTool(tool, request)
    if (hosts !== undefined) serverFetches.push({ what: `tools[${index}] ${asText(tool["type"]) ?? "tool"}`, hosts })
  }
  for (const [index, server] of asList(request["mcp_servers"]).entries())
    serverFetches.push({ what: `mcp_servers[${index}]`, hosts: hostsOfUrl(asObject(server)?.["url"]) })
  addContent(request["system"], "system")
  for (const [index, message] of asList(request["messages"]).entries())
    addContent(asObject(message)?.["content"], `messages[${index}]`)
  return serverFetches

  function addContent(content: unknown, place: string): void {
    for (const value of asList(content)) {
      const block = asObject(value)
      const source = asObject(block?.["source"])
      if (source?.["type"] === "url")
        serverFetches.push({
          what: `${place} ${asText(block?.["type"]) ?? "content"} url`,
          hosts: hostsOfUrl(source["url"]),
        })
      // A tool's result, and a document that is made of content, hold blocks of their own.
      addContent(block?.["content"], place)
      addContent(source?.["content"], place)
    }
  }
}

export function isWebTool(tool: JsonObject | undefined): boolean {
  return WEB.test(asText(tool?.["type"]) ?? "")
}

function hostsOfTool(tool: JsonObject, { container }: JsonObject): ServerSideFetch["hosts"] | undefined {
  const type = asText(tool["type"]) ?? "custom"
  if (INSIDE.test(type)) return undefined
  if (CODE_EXECUTION.test(type)) {
    const named = Object.keys(asObject(container) ?? {})
    return named.every((field) => CONTAINER_FIELDS.has(field)) ? undefined : "anywhere"
  }
  const allowed = asList(tool["allowed_domains"])
  if (!isWebTool(tool) || allowed.length === 0) return "anywhere"
  return allowed.flatMap((domain) => {
    const name = domainOf(domain)
    return [name, `*.${name}`]
  })
}

/** `example.com/docs` limits paths as well; a route list does not tell them apart. */
export function domainOf(domain: unknown): string {
  return (asText(domain) ?? "").replace(/\/.*$/s, "").toLowerCase()
}
