// A service of the run's own under `bot-bottle.internal`. Its requests go to a Unix socket on the
// host as they came, with one line added that says whether the run is cut off.
//
// The service decides everything else: which calls survive a cutoff, and what of a body may leave.

import { type Denial, EGRESS_STATE_HEADER } from "@bot-bottle/contracts"
import { type RequestHead, writeHead } from "@bot-bottle/wire"
import { describeDenial, describeMalformedRequest } from "../../describe-denial.ts"
import type { EgressSwitch } from "../../egress-switch.ts"
import type { EventLog } from "../../event-log.ts"
import { ForwardedAnswer } from "../answer/forwarded-answer.ts"
import { refusalReply } from "../answer/refusal.ts"
import type { Reply } from "../answer/reply.ts"
import type { BodyFilter } from "../body/body-filter.ts"
import type { RefusalLog, Site, Verdict } from "../passage.ts"
import type { Place } from "../place.ts"
import { originForm } from "./origin-form.ts"

export interface ServiceSiteOptions {
  readonly egress: EgressSwitch
  readonly events: EventLog
}

/** The services' HTTP server reads trailers as the next request, and answers it. */
const WITHOUT_TRAILERS: BodyFilter = {
  push: (payload) => payload,
  end: () => ({ bytes: new Uint8Array(0), trailers: "" }),
}

export class ServiceSite implements Site {
  readonly #place: Place
  readonly #options: ServiceSiteOptions

  constructor(place: Place, options: ServiceSiteOptions) {
    this.#place = place
    this.#options = options
  }

  judge(head: RequestHead): Verdict {
    const { method } = head
    const target = this.#place.isNamed(head.host) ? originForm(head.target, this.#place) : undefined
    if (target === undefined) return this.#refuse("host-mismatch", { method })
    const [path = ""] = target.split("?", 1)
    const log = { method, path }
    if (head.upgrade !== undefined) return this.#refuse("foreign-protocol", log)

    const { egress, events } = this.#options
    const place = this.#place
    const startedAtMs = performance.now()
    // The agent's own line of that name would speak for the proxy.
    const kept = head.lines.filter((_line, index) => head.names[index] !== EGRESS_STATE_HEADER)
    const state = egress.cutState === undefined ? "open" : "cut"
    const watcher = new ForwardedAnswer({
      place: place.name,
      secret: undefined,
      egress,
      record(status) {
        const durationMs = Math.round(performance.now() - startedAtMs)
        events.recordForwarded({ host: place.host, port: place.port, status, durationMs, ...log })
      },
    })
    return {
      kind: "forward",
      log,
      outbound: {
        place,
        method,
        head: writeHead(`${method} ${target} HTTP/1.1`, [...kept, `${EGRESS_STATE_HEADER}: ${state}`]),
        body: head.framing.kind === "chunked" ? { kind: "filtered", filter: WITHOUT_TRAILERS } : { kind: "as-it-came" },
        mayUpgrade: false,
        isBilled: false,
        staysOnHost: true,
        watcher,
      },
    }
  }

  describeMalformed(detail: string): Denial {
    return describeMalformedRequest(this.#place.name, detail)
  }

  refuse(denial: Denial, log: RefusalLog, status: number | undefined): Reply {
    const reply = refusalReply(denial, undefined, status)
    const { host, port } = this.#place
    this.#options.events.recordDenied({ reason: denial.reason, host, port, status: reply.status, ...log })
    return reply
  }

  #refuse(reason: "host-mismatch" | "foreign-protocol", log: RefusalLog): Verdict {
    return { kind: "refuse", denial: describeDenial(reason, this.#place.name), log }
  }
}
