// The egress events of one run, as its proxy wrote them.

import { linesOf, type Slug } from "@bot-bottle/contracts"
import { type EgressEvent, egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"

/** Lines of another shape are passed over. Throws OperatorProblem for an unknown run. */
export async function* recordedEvents(host: Host, slug: Slug): AsyncGenerator<EgressEvent> {
  const log = openRun(controlHost(host), slug).logs({ of: "egress", follow: false })
  for await (const line of linesOf(log, { maxLength: MAX_EGRESS_EVENT, unfinished: "kept" })) {
    const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
    if (parsed.outcome === "parsed") yield parsed.message
  }
}
