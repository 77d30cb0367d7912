// The identity of the launcher: this process, as the ledger and the claims name it.

import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"

export function loadOwnIdentity(): ProcessIdentity {
  const identity = identifyProcess(process.pid)
  if (identity !== undefined) return identity
  throw new OperatorProblem("this process is not in /proc", { hint: "mount /proc", exitCode: 3 })
}
