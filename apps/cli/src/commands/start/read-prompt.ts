// The prompt of a start or a resume: on the command line, on stdin, or in a file.

import { fstatSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { codeOf } from "@bot-bottle/kernel"

export interface PromptFlags {
  /** `-`: read it from stdin. */
  readonly prompt?: string
  readonly promptFile?: string
}

/** The flags with the prompt's own text. Throws OperatorProblem for a file, or a stdin, that cannot be read. */
export function readPrompt<Flags extends PromptFlags>(flags: Flags, cwd: string): Omit<Flags, "promptFile"> {
  refuseFolderAsStdin()
  const { promptFile, ...rest } = flags
  if (promptFile === undefined) return rest.prompt === "-" ? { ...rest, prompt: readStdin() } : rest
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

/** A shell opens one without a word. Read by the bottle it would fail once the run has begun. */
function refuseFolderAsStdin(): void {
  if (fstatSync(0, { throwIfNoEntry: false })?.isDirectory() !== true) return
  throw new OperatorProblem("standard input is a folder, which cannot be read", {
    hint: "give a file or a pipe, or </dev/null",
  })
}

function readStdin(): string {
  try {
    return readFileSync(0, "utf8")
  } catch (cause) {
    throw new OperatorProblem(`--prompt -: standard input cannot be read (${codeOf(cause)})`, {
      hint: "pipe the prompt in, or give it as --prompt-file FILE",
      cause,
    })
  }
}
