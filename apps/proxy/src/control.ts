// The host's hand on a running proxy, on a socket the bottle cannot see. Whoever asks keeps
// the record of it: the record must be made even when this process is too dead to answer.

import { chmodSync, rmSync } from "node:fs"
import {
  type ArmedRoute,
  type ControlStatus,
  decodeRunPolicy,
  OperatorProblem,
  type RunPolicy,
  type Slug,
} from "@bot-bottle/contracts"
import { describeCutoff } from "./denial-words.ts"
import { describeRoutes } from "./doorman.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"

export interface ControlOptions {
  readonly path: string
  readonly slug: Slug
  readonly egress: EgressSwitch
  readonly events: EventLog
  /** Throws for a policy that cannot be obeyed; the one in force stays then. */
  readonly reload: (policy: RunPolicy) => void
  /** Of the policy in force, also while it is cut. */
  readonly routes: () => readonly ArmedRoute[]
}

export interface Control {
  close(): Promise<void>
}

const MAX_POLICY_BYTES = 16 * 1024 * 1024

export function openControl({ path, slug, egress, events, reload, routes }: ControlOptions): Control {
  rmSync(path, { force: true })
  const status = (): Response => {
    const body: ControlStatus = {
      slug,
      egress: egress.cutState === undefined ? "open" : "cut",
      openStreams: egress.openStreams,
      requests: events.forwarded,
      denied: events.denied,
    }
    return Response.json(body)
  }

  const server = Bun.serve({
    unix: path,
    routes: {
      "/status": { GET: status },
      "/routes": {
        GET: () => new Response(describeRoutes(routes()), { headers: { "content-type": "application/json" } }),
      },
      "/cutoff": {
        POST: () => {
          const denial = describeCutoff(slug)
          egress.cut({ metered: denial, others: denial })
          return status()
        },
      },
      "/restore": {
        POST: () => {
          egress.restore()
          return status()
        },
      },
      "/reload": {
        async POST(request) {
          try {
            reload(decodeRunPolicy(await request.text()))
            return status()
          } catch (error) {
            return refusePolicy(error)
          }
        },
      },
    },
    maxRequestBodySize: MAX_POLICY_BYTES,
    fetch: () => new Response("Not found\n", { status: 404 }),
  })
  chmodSync(path, 0o600)

  return {
    async close() {
      await server.stop(true)
      rmSync(path, { force: true })
    },
  }
}

/** The parser's own words may quote what they could not read, and that may be a credential. */
function refusePolicy(error: unknown): Response {
  const { message, hint } =
    error instanceof OperatorProblem
      ? error
      : { message: "what was sent is no whole policy", hint: "use the bot-bottle that the run was started with" }
  return Response.json({ error: { message, ...(hint === undefined ? {} : { hint }) } }, { status: 400 })
}
