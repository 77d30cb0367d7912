// The operator's editor, on one file.

import { OperatorProblem } from "@bot-bottle/contracts"
import { onEndingSignal } from "../ending-signals.ts"
import type { Host } from "../host.ts"
import { parseCommandWords } from "./command-words.ts"

/** $VISUAL, $EDITOR, or what there is. Their text may carry arguments; no shell reads it. */
export function findEditor({ env, screen }: Host): readonly string[] {
  for (const variable of ["VISUAL", "EDITOR"]) {
    const words = parseCommandWords(env.find(variable) ?? "")
    if (words.outcome === "problem")
      throw new OperatorProblem(`$${variable} cannot be read: ${words.why}`, { hint: `export ${variable}=nano` })
    const [program] = words.words
    if (program === undefined) continue
    if (Bun.which(program, { PATH: env.path }) === null)
      throw new OperatorProblem(`$${variable} names '${program}', which is not there`, {
        hint: `export ${variable}=nano`,
      })
    return words.words
  }
  if (!screen.isInteractive) {
    throw new OperatorProblem("this command opens an editor, and this is not a terminal", {
      exitCode: 2,
      hint: "export EDITOR=…, a program that needs none",
    })
  }
  const found = ["sensible-editor", "nano", "vi"].find((program) => Bun.which(program, { PATH: env.path }) !== null)
  if (found !== undefined) return [found]
  throw new OperatorProblem("no editor is known", { hint: "export EDITOR=…" })
}

/** A Ctrl-C is the editor's. A signal that asks this process to end goes to the editor, which has the terminal. */
export async function openEditor(editor: readonly string[], file: string, { cwd }: Host["env"]): Promise<void> {
  let child: Bun.Subprocess | undefined
  using _ = onEndingSignal((name, number) => {
    if (name !== "SIGINT") child?.kill(number)
  })
  child = Bun.spawn([...editor, file], { cwd, stdio: ["inherit", "inherit", "inherit"] })
  const exitCode = await child.exited
  if (exitCode === 0) return
  throw new OperatorProblem(`${editor[0] ?? "the editor"} ended with exit code ${exitCode}; ${file} is as it left it`, {
    hint: "nothing else was changed",
  })
}
