// The dispatch table as an MCP server, stateless, for Claude Code and Codex.
//
// A refusal is an answer with `isError`, which the model reads; protocol errors it never sees.

import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { toJsonSchema } from "@valibot/to-json-schema"
import type { CallOutcome, Dispatch } from "./calls/dispatch.ts"
import { METHODS } from "./calls/methods.ts"

const INSTRUCTIONS =
  "The forge that your task comes from. Read anywhere; write to your own issue and its pull request. Call signal_done once, when your unit of work is over."

export function createMcpAnswer(dispatch: Dispatch): (request: Request, egress: "open" | "cut") => Promise<Response> {
  // One handler for each state, since a handler builds its server without a word on the request.
  const handlers = { open: handlerFor(dispatch, "open"), cut: handlerFor(dispatch, "cut") }
  return async (request, egress) => {
    const response = await handlers[egress].fetch(request)
    // The proxy in front keeps its own connections.
    response.headers.delete("connection")
    return response
  }
}

function handlerFor(dispatch: Dispatch, egress: "open" | "cut") {
  return createMcpHandler(() => {
    const server = new McpServer({ name: "forge", version: "1" }, { instructions: INSTRUCTIONS })
    for (const [name, { title, description, params, effect }] of Object.entries(METHODS)) {
      const annotations = { readOnlyHint: effect === "read", destructiveHint: effect === "edit", openWorldHint: true }
      // Parameters are judged by dispatch, so that a refusal of them is in the audit chain as well.
      const inputSchema = describedOnly(toJsonSchema(params, { errorMode: "ignore" }))
      server.registerTool(name, { title, description, inputSchema, annotations }, async (given: unknown) =>
        answerOf(await dispatch(name, given, egress)),
      )
    }
    return server
  })
}

/** Shown to the model, and not checked by the SDK. */
function describedOnly(schema: object) {
  const json = { ...schema } as Record<string, unknown>
  return {
    "~standard": {
      version: 1 as const,
      vendor: "bot-bottle",
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  }
}

function answerOf(outcome: CallOutcome) {
  const text = outcome.outcome === "done" ? JSON.stringify(outcome.result, null, 1) : outcome.message
  return { content: [{ type: "text" as const, text }], ...(outcome.outcome === "done" ? {} : { isError: true }) }
}
