// The host programs the bubblewrap backend needs, found once.

import { OperatorProblem } from "@bot-bottle/contracts"
import { findTool, installLine } from "@bot-bottle/kernel"

export interface BwrapTools {
  readonly bwrap: string
  /** util-linux; root mode only. */
  readonly setpriv: string
}

/** Throws OperatorProblem, exit code 3, when there is no bubblewrap. */
export function requireTools(isRoot: boolean): BwrapTools {
  const bwrap = findTool("bwrap")
  if (bwrap === undefined) {
    throw new OperatorProblem("No isolation available: bubblewrap is not installed", {
      hint: installLine("bubblewrap"),
      exitCode: 3,
    })
  }
  const setpriv = findTool("setpriv")
  if (isRoot && setpriv === undefined) {
    throw new OperatorProblem("No isolation available: started as root, and setpriv is not installed", {
      hint: `${installLine("util-linux")}, or start as an ordinary user`,
      exitCode: 3,
    })
  }
  return { bwrap, setpriv: setpriv ?? "setpriv" }
}
