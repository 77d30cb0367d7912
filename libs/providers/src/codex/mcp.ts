// How Codex is told of one MCP server: by overrides of its configuration.

import type { GuestNeeds, McpServer } from "../provider.ts"

export function codexMcp(server: McpServer): GuestNeeds {
  const set = (key: string, value: unknown) => ["-c", `mcp_servers.${server.name}.${key}=${JSON.stringify(value)}`]
  const args =
    server.kind === "http"
      ? // A server that does not answer ends the start, instead of a run without its tools.
        [...set("url", server.url), ...set("required", true)]
      : [...set("command", server.argv[0]), ...set("args", server.argv.slice(1))]
  return { env: {}, files: [], args }
}
