// Reads `dlp`: what is looked for in all that leaves to a host, and what a find does there.

import { DEFAULT_DLP, DLP_DETECTORS, DLP_MODES, type Dlp } from "@bot-bottle/contracts"
import { fields, listOf, oneOf, type Reader, reject, type Sourced, watched } from "../yaml/fields.ts"

const readDlpFields = fields<{
  outbound: Dlp["outbound"]
  detect: readonly Sourced<Dlp["detect"][number]>[]
}>({
  outbound: oneOf(DLP_MODES),
  detect: listOf(oneOf(DLP_DETECTORS)),
})

export const dlp: Reader<Dlp> = (node, outer) => {
  const place = watched(outer)
  if (node.kind === "mapping" && node.entries.length === 0)
    return reject(node, place, "is empty", "for example dlp: { outbound: redact }, or leave it out")
  const given = readDlpFields(node, place)
  if (given === undefined || !place.isSound()) return undefined
  if (given.detect?.value.length === 0) return reject(node, place, "looks for nothing", "say 'outbound: off' instead")
  return {
    outbound: given.outbound?.value ?? DEFAULT_DLP.outbound,
    detect:
      given.detect === undefined ? DEFAULT_DLP.detect : [...new Set(given.detect.value.map(({ value }) => value))],
  }
}

/** For `info`. */
export function describeDlp({ outbound, detect }: Dlp): string {
  return outbound === "off" ? "off" : `${outbound} ${detect.join(", ")}`
}
