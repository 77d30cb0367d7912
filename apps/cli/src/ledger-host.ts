// The caller of a command that opens the ledger: told once when a shared one lets it wait, and nothing
// else. The rest of the command has its own messages.

import type { ControlHost } from "@bot-bottle/control"
import type { Host } from "./host.ts"
import { describeLedgerWait } from "./messages/describe-ledger-wait.ts"

export function ledgerHost({ env, screen }: Host): Pick<Host, "env"> & Pick<ControlHost, "notify"> {
  let isTold = false
  return {
    env,
    notify(event) {
      if (event.kind !== "ledger-slow" || isTold) return
      isTold = true
      screen.note(`bot-bottle: ${describeLedgerWait(event.where)}`)
    },
  }
}
