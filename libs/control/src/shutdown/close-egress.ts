// Closes a run's egress as a step of its own, with its row in the ledger. A proxy that does
// not answer is ended, which closes egress just as well.

import { type Run, runFolders } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { requestProxy } from "../client/control-socket.ts"
import type { HostEnv } from "../host.ts"
import { beginStep } from "./begin-step.ts"
import { enforce } from "./enforce.ts"

export type EgressClosed =
  | { readonly outcome: "closed" }
  /** And its proxy is dead. */
  | { readonly outcome: "proxy-ended"; readonly reason: string }

export async function closeEgress(ledger: Ledger, { env }: { readonly env: HostEnv }, run: Run): Promise<EgressClosed> {
  let closed: EgressClosed = { outcome: "closed" }
  await enforce(ledger, await beginStep(ledger, env, run, "cutoff"), async () => {
    const told = await requestProxy(runFolders(env.root, run.slug).egress, "cutoff")
    if (told.outcome === "silent" && run.proxy !== undefined) {
      killProcess(run.proxy)
      closed = { outcome: "proxy-ended", reason: told.reason }
    }
    await ledger.updateRunAsSeen(run, { status: "cut" })
  })
  return closed
}
