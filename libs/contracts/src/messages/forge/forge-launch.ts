// `forge/launches/<id>.json`: how far a launch that the orchestrator asked for has come. Its file
// is created once and never by two, so a launch that is asked for again does not begin again.

import * as v from "valibot"
import { boundedText, name, processIdentity } from "../shapes/bounds.ts"
import type { MessageOf } from "../shapes/parse-message.ts"

export const MAX_FORGE_LAUNCH = 128 * 1024

export const forgeLaunchSchema = v.variant("kind", [
  /** Undecided while the launcher lives. */
  v.object({ kind: v.literal("begun"), launcher: processIdentity() }),
  v.object({ kind: v.literal("up"), slug: name() }),
  v.object({ kind: v.literal("failed"), message: boundedText(64 * 1024) }),
])

export type ForgeLaunch = MessageOf<typeof forgeLaunchSchema>
