// Labels as they are typed: `arch=x64,backend=bwrap`.

import { OperatorProblem } from "@bot-bottle/contracts"

export function parseLabels(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {}
  const labels = new Map<string, string>()
  for (const pair of text.split(",")) {
    const [, name = "", value = ""] = /^([a-z][a-z0-9_-]*)=([A-Za-z0-9._-]+)$/.exec(pair.trim()) ?? []
    if (name === "") throw badLabel(`'${pair}' is not a label`)
    if (labels.has(name)) throw badLabel(`the label ${name} is given twice`)
    labels.set(name, value)
  }
  return Object.fromEntries(labels)
}

function badLabel(message: string): OperatorProblem {
  return new OperatorProblem(message, { exitCode: 2, hint: "write name=value, with commas between: arch=x64,gpu=yes" })
}
