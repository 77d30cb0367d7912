// A run's name: its label and color as flags or answers give them, and the messages for invalid
// ones.

import { type Color, LABEL_MAX_BYTES, OperatorProblem, parseLabel } from "@bot-bottle/contracts"

export interface RunName {
  readonly label: string
  /** One of the 16 ANSI names, or `""`. */
  readonly color: string
}

/** A run without a label is called like its agent. */
export function readRunName(flags: { readonly label?: string; readonly color?: Color }, agentName: string): RunName {
  const label = flags.label ?? agentName
  const problem = labelProblem(label)
  if (problem !== undefined)
    throw new OperatorProblem(`--label: ${problem}`, { exitCode: 2, hint: "for example: --label 'fix login'" })

  return { label, color: flags.color ?? "" }
}

/** A sentence when the text is not a valid label. */
export function labelProblem(text: string): string | undefined {
  const result = parseLabel(text)
  if (result.outcome === "label") return undefined
  switch (result.reason) {
    case "empty":
      return "a label must not be empty"
    case "too-long":
      return `a label is at most ${LABEL_MAX_BYTES} ${unitOf(text)} long, and this one is ${Buffer.byteLength(text)}`
    case "control-characters":
      return "a label must not hold control or format characters"
  }
}

/** A letter beyond ASCII counts more than once. */
function unitOf(label: string): string {
  return label.length === Buffer.byteLength(label) ? "characters" : "bytes"
}
