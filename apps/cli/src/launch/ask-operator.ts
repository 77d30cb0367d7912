// `start` in front of a person: which bottle, what it may do, and whether to go on.

import type { Answer } from "@bot-bottle/contracts"
import type { ManifestLibrary } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { askHidden, askYesNo, showPanel } from "../terminal/pickers.ts"
import type { Chosen } from "./choose-headless.ts"
import { chooseInteractive } from "./choose-interactive.ts"
import type { StartFlags } from "./start-flags.ts"

/** Thrown through by a question the operator left; nothing has been launched then. */
export class OperatorLeft extends Error {
  override readonly name = "OperatorLeft"
}

/** Throws OperatorLeft. `takes` claims a label for this launch, or says it is taken. */
export async function askChoices(
  { screen }: Host,
  library: ManifestLibrary,
  flags: StartFlags,
  takes: (label: string) => Promise<boolean>,
): Promise<Chosen> {
  return orLeave(await chooseInteractive({ library, flags, takes, paint: screen.paint }))
}

export async function askSecret(prompt: string): Promise<string> {
  return orLeave(await askHidden(prompt))
}

/** Asks, and keeps what was said for a launcher in the background. */
export function noting(answers: Answer[]): (prompt: string) => Promise<string> {
  return async (prompt) => {
    const text = await askSecret(prompt)
    answers.push({ prompt, text })
    return text
  }
}

/** Shows the preflight and takes a yes; anything else leaves. */
export async function confirmLaunch(preflight: readonly string[]): Promise<void> {
  showPanel("about to launch", preflight)
  if (orLeave(await askYesNo("Launch it?"))) return
  throw new OperatorLeft()
}

function orLeave<T>(answer: T | undefined): T {
  if (answer === undefined) throw new OperatorLeft()
  return answer
}
