// How Claude Code is told of one MCP server.

import type { GuestNeeds, McpServer } from "../provider.ts"

export function claudeMcp(server: McpServer): GuestNeeds {
  const entry =
    server.kind === "http"
      ? // Otherwise its tools wait behind a search and are not there in the first turn.
        { type: "http", url: server.url, alwaysLoad: true }
      : { type: "stdio", command: server.argv[0], args: server.argv.slice(1) }
  // In one argument: the option takes a list and would swallow what follows it.
  return { env: {}, files: [], args: [`--mcp-config=${JSON.stringify({ mcpServers: { [server.name]: entry } })}`] }
}
