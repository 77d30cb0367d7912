// Lists what the provider itself would reach on the agent's word while it answers: searches,
// images and files by address, tools that are not the agent's own, a gateway's plugins.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import type { ServerSideFetch } from "../model-api.ts"
import { hostsOfUrl } from "../openai-tokens/url-hosts.ts"

/** Fields by which servers of this API are told to look things up. */
export const SEARCHING_FIELDS: readonly string[] = [
  "web_search_options",
  "search_parameters",
  "plugins",
  "web_search",
  "enable_search",
]
const SEARCHING_MODEL = /-search(?:-preview|-api)?(?:-\d{4}-\d{2}-\d{2})?$|:online$|^(?:perplexity\/)?sonar/

export function listServerFetches(request: JsonObject): readonly ServerSideFetch[] {
  const serverFetches: ServerSideFetch[] = []
  for (const field of SEARCHING_FIELDS)
    if (request[field] != null && request[field] !== false) serverFetches.push({ what: field, hosts: "anywhere" })
  if (SEARCHING_MODEL.test(asText(request["model"]) ?? ""))
    serverFetches.push({ what: "a model that searches", hosts: "anywhere" })
  for (const [index, value] of asList(request["tools"]).entries()) {
    const type = asObject(value)?.["type"] ?? "function"
    if (type !== "function" && type !== "custom")
      serverFetches.push({ what: `tools[${index}] ${asText(type) ?? "tool"}`, hosts: "anywhere" })
  }
  for (const [index, value] of asList(request["messages"]).entries())
    for (const part of partsOf(asObject(value)?.["content"])) addAddresses(asObject(part), `messages[${index}]`)
  return serverFetches

  function addAddresses(part: JsonObject | undefined, place: string): void {
    for (const [field, value] of Object.entries(part ?? {})) {
      const url = addressOf(field, value)
      if (url !== undefined && !/^data:/i.test(url))
        serverFetches.push({ what: `${place} ${field}`, hosts: hostsOfUrl(url) })
    }
  }
}

/** Some servers take one part for a list of them. */
function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [content]
}

/** `image_url`, `video_url`, `audio_url`, `file_url` hold an address or an object with one; a `file` may hold one as its data. */
function addressOf(field: string, value: unknown): string | undefined {
  if (/_url$/i.test(field)) return asText(value) ?? asText(urlOf(value))
  const data = field === "file" ? asText(asObject(value)?.["file_data"]) : undefined
  return data !== undefined && /^[a-z]+:\/\//i.test(data) ? data : undefined
}

/** Some servers take a name in any case. */
function urlOf(value: unknown): unknown {
  return Object.entries(asObject(value) ?? {}).find(([name]) => /^url$/i.test(name))?.[1]
}
