// Talks to a run's proxy over its control socket. A proxy that does not answer within a
// second is treated as gone; the caller then ends it, which closes egress just as well.

import { join } from "node:path"
import { type ControlStatus, EGRESS_FILES } from "@bot-bottle/contracts"

export type ControlResult =
  | { readonly outcome: "answered"; readonly status: ControlStatus }
  | { readonly outcome: "silent"; readonly reason: string }

const PATIENCE_MS = 1_000

export async function tellProxy(egressFolder: string, word: "status" | "cutoff" | "restore"): Promise<ControlResult> {
  try {
    const response = await fetch(`http://proxy/${word}`, {
      unix: join(egressFolder, EGRESS_FILES.control),
      method: word === "status" ? "GET" : "POST",
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (!response.ok) return { outcome: "silent", reason: `it answered ${response.status}` }
    return { outcome: "answered", status: (await response.json()) as ControlStatus }
  } catch (error) {
    return { outcome: "silent", reason: error instanceof Error ? error.message : String(error) }
  }
}
