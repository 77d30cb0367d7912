// How Claude Code is told of one MCP server.

import type { GuestNeeds, McpServer } from "../provider.ts"

export function claudeMcp(server: McpServer): GuestNeeds {
  const entry =
    server.kind === "http"
      ? { type: "http", url: server.url }
      : { type: "stdio", command: server.argv[0], args: server.argv.slice(1) }
  // In one argument: the option takes a list and would swallow what follows it.
  return { env: {}, files: [], args: [`--mcp-config=${JSON.stringify({ mcpServers: { [server.name]: entry } })}`] }
}
