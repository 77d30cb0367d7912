// The host programs the bubblewrap backend needs, found once.

import { OperatorProblem } from "@bot-bottle/contracts"
import { findTool } from "@bot-bottle/kernel"

export interface BwrapTools {
  readonly bwrap: string
  /** util-linux; root mode only. */
  readonly setpriv: string
}

export const INSTALL_BWRAP = "apt-get install bubblewrap   (or your distribution's package of that name)"

/** Throws OperatorProblem, exit code 3, when there is no bubblewrap. */
export function requireTools(isRoot: boolean): BwrapTools {
  const bwrap = findTool("bwrap")
  if (bwrap === undefined) {
    throw new OperatorProblem("No isolation available: bubblewrap is not installed", {
      hint: INSTALL_BWRAP,
      exitCode: 3,
    })
  }
  const setpriv = findTool("setpriv")
  if (isRoot && setpriv === undefined) {
    throw new OperatorProblem("No isolation available: started as root, and setpriv is not installed", {
      hint: "apt-get install util-linux, or start as an ordinary user",
      exitCode: 3,
    })
  }
  return { bwrap, setpriv: setpriv ?? "setpriv" }
}
