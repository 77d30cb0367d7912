// A line on a sidecar's stdout: how the launcher learns that it serves, or why it does not.

import * as v from "valibot"
import { boundedText } from "../shapes/bounds.ts"
import type { MessageOf } from "../shapes/parse-message.ts"

export const MAX_SIDECAR_REPORT = 128 * 1024

export const sidecarReportSchema = v.variant("kind", [
  v.object({ kind: v.literal("ready") }),
  v.object({
    kind: v.literal("failed"),
    message: boundedText(64 * 1024),
    hint: v.exactOptional(boundedText(4_096)),
  }),
])

export type SidecarReport = MessageOf<typeof sidecarReportSchema>
