// Lists what the provider itself would reach on the agent's word while it answers: hosted tools,
// remote MCP servers, images and files by address. Each is a way out that is not ours.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import type { ServerSideFetch } from "../model-api.ts"
import { hostsOfUrl } from "../openai-tokens/url-hosts.ts"
import { hostsOfTool } from "./hosted-tools.ts"

export function listServerFetches(request: JsonObject): readonly ServerSideFetch[] {
  const serverFetches: ServerSideFetch[] = []
  addTools(request["tools"], "tools")
  for (const [index, value] of asList(request["input"]).entries()) addItem(value, `input[${index}]`)
  // A template of the provider's may bring tools of its own.
  if (request["prompt"] != null) serverFetches.push({ what: "prompt", hosts: "anywhere" })
  return serverFetches

  function addTools(tools: unknown, place: string): void {
    for (const [index, value] of asList(tools).entries()) {
      const tool = asObject(value)
      if (tool === undefined) continue
      const hosts = hostsOfTool(tool)
      if (hosts !== undefined)
        serverFetches.push({ what: `${place}[${index}] ${asText(tool["type"]) ?? "tool"}`, hosts })
      addTools(tool["tools"], `${place}[${index}].tools`)
    }
  }

  function addItem(value: unknown, place: string): void {
    const item = asObject(value)
    if (item === undefined) return
    addTools(item["tools"], `${place}.tools`)
    for (const part of [...partsOf(item["content"]), ...partsOf(item["output"])]) {
      addAddress(part["image_url"], `${place} image url`)
      addAddress(part["file_url"], `${place} file url`)
    }
  }

  function addAddress(value: unknown, what: string): void {
    const url = asText(value) ?? asText(asObject(value)?.["url"])
    if (url === undefined || /^data:/i.test(url)) return
    serverFetches.push({ what, hosts: hostsOfUrl(url) })
  }
}

function partsOf(content: unknown): readonly JsonObject[] {
  const parts = Array.isArray(content) ? content : [content]
  return parts.map(asObject).filter((part) => part !== undefined)
}
