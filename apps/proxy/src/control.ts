// The host's hand on a running proxy, on a socket the bottle cannot see. Whoever asks keeps
// the record of it: the record must be made even when this process is too dead to answer.

import { chmodSync, rmSync } from "node:fs"
import type { ControlStatus, Slug } from "@bot-bottle/contracts"
import { describeCutoff } from "./denial-words.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"

export interface ControlOptions {
  readonly path: string
  readonly slug: Slug
  readonly egress: EgressSwitch
  readonly events: EventLog
}

export interface Control {
  close(): Promise<void>
}

export function openControl({ path, slug, egress, events }: ControlOptions): Control {
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
    },
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
