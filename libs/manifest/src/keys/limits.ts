// Reads `limits`: what one bottle may take of the machine. Sizes are in binary units.

import { parseByteSize } from "../quantities.ts"
import { fields, numberBetween, type Reader, reject } from "../yaml/fields.ts"

export interface LimitFields {
  memory: number
  pids: number
  cpus: number
  disk: number
}

const byteSize: Reader<number> = (node, place) => {
  const bytes = node.kind === "scalar" ? parseByteSize(node.text) : undefined
  return bytes ?? reject(node, place, "must be a size with its unit: 512m, 4g", "k, m, g and t are binary units")
}

export const limits = fields<LimitFields>({
  memory: byteSize,
  // The kernel's own highest (PID_MAX_LIMIT).
  pids: numberBetween(1, 4_194_304, { whole: true }),
  cpus: numberBetween(0.01, 4096, { whole: false }),
  disk: byteSize,
})
