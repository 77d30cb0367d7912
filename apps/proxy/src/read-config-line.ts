// Reads the one line the launcher sends before it falls silent.

import { OperatorProblem } from "@bot-bottle/contracts"

const MAX_LINE_BYTES = 16 * 1024 * 1024

/** Throws OperatorProblem when the pipe ends before the line does. */
export async function readConfigLine(stdin: {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
}): Promise<string> {
  const decoder = new TextDecoder()
  let line = ""
  while (line.length <= MAX_LINE_BYTES) {
    const { done, value } = await stdin.read()
    if (done) break
    line += decoder.decode(value, { stream: true })
    const end = line.indexOf("\n")
    if (end >= 0) return line.slice(0, end)
  }
  throw new OperatorProblem("the proxy got no configuration on its stdin", {
    hint: "it is started by 'bot-bottle start', not by hand",
  })
}
