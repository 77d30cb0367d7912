// The one yes before a command writes or removes anything of the operator's. Without a
// terminal there is nobody to ask, so the command line has to say it.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Screen } from "./screen.ts"

export interface Confirmation {
  /** The flag that says it already. */
  readonly given: boolean
  /** `Remove 3 runs?` */
  readonly question: string
  /** The command line that needs no terminal. */
  readonly without: string
}

/** False when the operator said no or left. Throws OperatorProblem, as bad usage, when it cannot ask. */
export async function confirmWrite(screen: Screen, { given, question, without }: Confirmation): Promise<boolean> {
  if (given) return true
  if (!screen.isInteractive) {
    throw new OperatorProblem("this needs a confirmation, and there is no terminal to ask on", {
      exitCode: 2,
      hint: `without one: ${without}`,
    })
  }
  const { askYesNo } = await import("./pickers.ts")
  if ((await askYesNo(question)) === true) return true
  screen.note("Cancelled.")
  return false
}
