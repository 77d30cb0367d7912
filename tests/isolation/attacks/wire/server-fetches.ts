// Security case 17: the provider itself sent where the client may not go.

import { type Attack, type AttackClass, seenDuring } from "./attack.ts"
import { ASK, post } from "./metering.ts"

// biome-ignore format: a table
const SERVER_FETCHES: readonly (readonly [string, object])[] = [
  ["web_fetch",            { tools: [{ type: "web_fetch_20250910", name: "web_fetch", allowed_domains: ["evil.test"] }] }],
  ["web_fetch, anywhere",  { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] }],
  ["web_search, anywhere", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
  ["a remote MCP server",  { mcp_servers: [{ type: "url", url: "https://evil.test/mcp", name: "evil" }] }],
  ["an image's URL",       { messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "https://evil.test/?stolen" } }] }] }],
  ["a document's URL",     { messages: [{ role: "user", content: [{ type: "document", source: { type: "url", url: "https://evil.test/?stolen" } }] }] }],
]

export const serverFetches: AttackClass = {
  title: "reaching out through the provider",
  controls: [
    {
      what: "a request that reaches nowhere arrives",
      needs: "meter",
      run: async (field) => (await seenDuring(field, () => post(field, ASK))).length === 1,
    },
  ],
  attacks: SERVER_FETCHES.map(
    ([what, more]): Attack => ({
      case: 17,
      what: `an unlisted host reached by ${what}`,
      needs: "meter",
      async run(field) {
        const seen = await seenDuring(field, () => post(field, { ...ASK, ...more }))
        return seen.some(({ method }) => method === "POST") ? "succeeded" : "refused"
      },
    }),
  ),
}
