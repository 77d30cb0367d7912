// Reads the host of a route. libs/egress defines the meaning of a pattern. Here it gets its line,
// and an address must have its one canonical spelling.

import { parseHostPattern } from "@bot-bottle/egress/routes"
import { quoted } from "../problem.ts"
import { describeNode, type Reader, reject } from "../yaml/fields.ts"

export interface HostPattern {
  /** Canonical: what the proxy matches. */
  readonly text: string
  readonly kind: "name" | "ip"
}

export const hostPattern: Reader<HostPattern> = (node, place) => {
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined
  if (text === undefined) return reject(node, place, `must be a host name, not ${describeNode(node)}`)
  const read = readHost(text)
  return read.outcome === "read" ? read.host : reject(node, place, read.problem)
}

/** Undefined for a host that a route may name; otherwise the words of a manifest's error. */
export function findHostProblem(text: string): string | undefined {
  const read = readHost(text)
  return read.outcome === "read" ? undefined : read.problem
}

type HostReading =
  | { readonly outcome: "read"; readonly host: HostPattern }
  | { readonly outcome: "invalid"; readonly problem: string }

function readHost(text: string): HostReading {
  const pattern = parseHostPattern(text)
  if (pattern.kind === "problem")
    return { outcome: "invalid", problem: `${quoted(text)} is not a valid host: ${pattern.detail}` }
  const isAddress = pattern.kind === "exact" && pattern.literal
  // The other spellings (decimal, hex, octal, short) are how addresses are smuggled past a reader.
  if (isAddress && pattern.text !== text)
    return { outcome: "invalid", problem: `${quoted(text)} must be written '${pattern.text}'` }
  return { outcome: "read", host: { text: pattern.text, kind: isAddress ? "ip" : "name" } }
}
