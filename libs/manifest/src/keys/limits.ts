// Reads `limits`: what one bottle may take of the machine. Sizes are in binary units.
//
// A bottle that says nothing about processes has the default. `none` is how an operator lifts a
// limit, inherited or default: absence never does.

import { parseByteSize } from "../quantities.ts"
import { fields, numberBetween, type Reader, reject } from "../yaml/fields.ts"

export type Limit = number | "none"

export interface LimitFields {
  memory: Limit
  pids: Limit
  cpus: Limit
  disk: Limit
  tmp: number
}

/**
 * Processes only. Each costs the whole host something that no other limit covers, every host can keep this one, and
 * parallel builds with their threads stay far below it. Memory has none: without a cgroup it could only be kept for each
 * process on its own, and JavaScript engines reserve more than they use.
 */
export const DEFAULT_PIDS = 4096

export const byteSize: Reader<number> = (node, place) => {
  const bytes = node.kind === "scalar" ? parseByteSize(node.text) : undefined
  return bytes ?? reject(node, place, "must be a size with its unit: 512m, 4g", "k, m, g and t are binary units")
}

export const limits = fields<LimitFields>({
  memory: orNone(byteSize),
  // The kernel's own highest (PID_MAX_LIMIT).
  pids: orNone(numberBetween(1, 4_194_304, { whole: true })),
  cpus: orNone(numberBetween(0.01, 4096, { whole: false })),
  disk: orNone(byteSize),
  // They are memory: never without a limit.
  tmp: byteSize,
})

function orNone(reader: Reader<number>): Reader<Limit> {
  return (node, place) => (node.kind === "scalar" && node.text === "none" ? "none" : reader(node, place))
}
