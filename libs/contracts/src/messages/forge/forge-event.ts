// A file in a run's forge queue: what the sidecar tells the orchestrator. Files, so that nothing
// is lost while no orchestrator runs.

import * as v from "valibot"
import { boundedText, nonEmptyText, wholeNumber } from "../shapes/bounds.ts"
import type { MessageOf } from "../shapes/parse-message.ts"

export const MAX_FORGE_EVENT = 256 * 1024
export const DONE_STATUSES = ["success", "failure", "blocked"] as const
export type DoneStatus = (typeof DONE_STATUSES)[number]

export const forgeEventSchema = v.variant("kind", [
  /** The agent's one way to say that its unit of work is over. */
  v.object({
    kind: v.literal("done"),
    launchId: nonEmptyText(64),
    status: v.picklist(DONE_STATUSES),
    summary: boundedText(64 * 1024),
    at: nonEmptyText(64),
  }),
  v.object({ kind: v.literal("pull-request"), number: wholeNumber(1, Number.MAX_SAFE_INTEGER) }),
])

export type ForgeEvent = MessageOf<typeof forgeEventSchema>
export type DoneEvent = Extract<ForgeEvent, { readonly kind: "done" }>
