// The dispatch table as an MCP server, stateless, for Claude Code and Codex.
//
// A refusal is an answer with `isError`, which the model reads; protocol errors it never sees.

import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { toJsonSchema } from "@valibot/to-json-schema"
import type { CallOutcome, Dispatch, EgressState, ShownMethod } from "./call-outcome.ts"

export interface McpOptions {
  readonly name: string
  readonly instructions: string
  readonly methods: Readonly<Record<string, ShownMethod>>
  readonly dispatch: Dispatch
}

export function createMcpAnswer(options: McpOptions): (request: Request, egress: EgressState) => Promise<Response> {
  // One handler for each state, since a handler builds its server without a word on the request.
  const handlers = { open: handlerFor(options, "open"), cut: handlerFor(options, "cut") }
  return async (request, egress) => {
    const response = await handlers[egress].fetch(request)
    // The proxy in front keeps its own connections.
    response.headers.delete("connection")
    return response
  }
}

function handlerFor({ name: service, instructions, methods, dispatch }: McpOptions, egress: EgressState) {
  return createMcpHandler(() => {
    const server = new McpServer({ name: service, version: "1" }, { instructions })
    for (const [name, { title, description, params, annotations }] of Object.entries(methods)) {
      // Parameters are judged by dispatch, so that a refusal of them is recorded as any other.
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
