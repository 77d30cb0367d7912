// A line of a workspace's baseline: its content when the run began, by name, kind and hash. A later
// build may read it for `diff` and `apply`.

import * as v from "valibot"
import { type BytePath, isInnerPath } from "../text/byte-path.ts"
import { boundedText, count, type EntriesOf, listOf, path } from "./shapes/bounds.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export const MAX_BASELINE_LINE = 64 * 1024

export type Entry =
  | {
      readonly kind: "file"
      /** For its owner. The other bits of a mode are the host's business. */
      readonly executable: boolean
      readonly size: number
      /** SHA-256, hex. */
      readonly hash: string
    }
  | { readonly kind: "link"; readonly target: BytePath }

/** An entry as found in the original folder. */
export type BaselineEntry = Entry & {
  /** Changes whenever the original file does; absent where it might not. */
  readonly stamp?: string
}

const stamp = () => v.exactOptional(boundedText(256))
const linkTarget = () =>
  v.pipe(
    boundedText(8_192),
    v.custom<BytePath>(() => true),
  )
const namedPath = () => v.pipe(boundedText(8_192), v.custom<BytePath>(isPath, "a path inside the workspace"))

const entrySchema: MessageSchema<BaselineEntry> = v.variant("kind", [
  v.object({
    kind: v.literal("file"),
    executable: v.boolean(),
    size: count(),
    hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a SHA-256")),
    stamp: stamp(),
  } satisfies EntriesOf<Extract<BaselineEntry, { kind: "file" }>>),
  v.object({
    kind: v.literal("link"),
    target: linkTarget(),
    stamp: stamp(),
  } satisfies EntriesOf<Extract<BaselineEntry, { kind: "link" }>>),
])

export const baselineHeadSchema = v.object({
  version: count(),
  source: v.exactOptional(path()),
  hide: v.exactOptional(listOf(boundedText(256), 10_000)),
})

export const baselineLineSchema: MessageSchema<readonly [BytePath, BaselineEntry]> = v.tuple([namedPath(), entrySchema])

function isPath(value: unknown): boolean {
  return typeof value === "string" && isInnerPath(value)
}
