// The yes that `apply` needs before it writes anything of the operator's.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"

export async function confirmApply(
  { screen }: Host,
  { yes }: { readonly yes?: boolean },
  question: string,
): Promise<boolean> {
  if (yes === true) return true
  if (!screen.isInteractive) {
    throw new OperatorProblem("apply asks before it writes, and this is no terminal", {
      exitCode: 2,
      hint: "look at it with 'bot-bottle diff', then apply with --yes",
    })
  }
  const { askYesNo } = await import("../terminal/pickers.ts")
  return (await askYesNo(question)) === true
}
