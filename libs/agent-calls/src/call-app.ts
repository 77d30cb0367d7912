// The HTTP server of a service's calls: `POST /rpc` and `/mcp` on its own socket, and nothing else.
//
// The socket is reached through the run's proxy only, which says in a header whether the run is
// cut off. No header of the agent's means anything here.

import { EGRESS_STATE_HEADER } from "@bot-bottle/contracts"
import { type Context, Hono } from "hono"
import type { Dispatch, EgressState, ShownMethod } from "./call-outcome.ts"
import { answerJsonRpc } from "./json-rpc.ts"
import { createMcpAnswer } from "./mcp.ts"

export interface CallAppOptions {
  /** Of the MCP server, and in messages. */
  readonly name: string
  /** For the model, once for the whole server. */
  readonly instructions: string
  readonly methods: Readonly<Record<string, ShownMethod>>
  readonly dispatch: Dispatch
  /** Requests that did not become a call. */
  readonly logStray: (request: string) => Promise<void>
  readonly reportFailure: (error: unknown) => void
}

/** For the server in front: a text of 64 KiB in JSON, every byte escaped, and room for the rest. */
export const MAX_CALL_BYTES = 1024 * 1024

export function createCallApp({
  name: service,
  instructions,
  methods,
  dispatch,
  logStray,
  reportFailure,
}: CallAppOptions): Hono {
  const app = new Hono()
  const answerMcp = createMcpAnswer({ name: service, instructions, methods, dispatch })

  // A token in the address or a header of an administrator is an attempt at another account.
  app.use(async (c, next) => {
    const isPlain =
      new URL(c.req.url).search === "" && STRANGE_HEADERS.every((name) => c.req.header(name) === undefined)
    if (isPlain) return next()
    await logStray(`${c.req.method} with a query or a header of another account`)
    return c.text("neither queries nor credentials are taken here\n", 400)
  })

  app.post("/rpc", async (c) => {
    const answer = await answerJsonRpc(await c.req.text(), (name, params) => dispatch(name, params, egressOf(c)))
    return answer === undefined ? c.body(null, 204) : c.json(answer)
  })
  app.all("/mcp", (c) => answerMcp(c.req.raw, egressOf(c)))

  app.notFound(async (c) => {
    await logStray(`${c.req.method} of an unknown path`)
    return c.text("not found\n", 404)
  })
  // The operator learns why. The agent, which is not trusted, does not.
  app.onError((error, c) => {
    reportFailure(error)
    return c.text(`the ${service} service failed\n`, 500)
  })
  return app
}

const STRANGE_HEADERS = ["authorization", "sudo", "x-gitea-otp"] as const

/** Without the proxy's word the run counts as cut. */
function egressOf(c: Context): EgressState {
  return c.req.header(EGRESS_STATE_HEADER) === "open" ? "open" : "cut"
}
