// The prompt of a start or a resume: on the command line, on stdin, or in a file.

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"

export interface PromptFlags {
  /** `-`: read it from stdin. */
  readonly prompt?: string
  readonly promptFile?: string
}

/** The flags with the prompt's own text. Throws OperatorProblem for a file that cannot be read. */
export function readPrompt<Flags extends PromptFlags>(flags: Flags, cwd: string): Omit<Flags, "promptFile"> {
  const { promptFile, ...rest } = flags
  if (promptFile === undefined) return rest.prompt === "-" ? { ...rest, prompt: readFileSync(0, "utf8") } : rest
  if (rest.prompt !== undefined) {
    throw new OperatorProblem("--prompt and --prompt-file exclude each other", {
      exitCode: 2,
      hint: "give one of them",
    })
  }
  const file = resolve(cwd, promptFile)
  try {
    return { ...rest, prompt: readFileSync(file, "utf8") }
  } catch (cause) {
    throw new OperatorProblem(`--prompt-file: cannot read ${file}`, { hint: "check its name and its mode", cause })
  }
}
