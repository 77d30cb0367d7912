// Talks to a run's proxy over its control socket. A proxy that does not answer within a
// second is treated as gone; the caller then ends it, which closes egress just as well.

import { join } from "node:path"
import { type ControlStatus, EGRESS_FILES, encodeRunPolicy, type RunPolicy } from "@bot-bottle/contracts"
import type { ListedRoute } from "../launch/describe-route-changes.ts"

export type ControlResult =
  | { readonly outcome: "answered"; readonly status: ControlStatus }
  | { readonly outcome: "silent"; readonly reason: string }

const TIMEOUT_MS = 1_000

export async function tellProxy(egressFolder: string, word: "status" | "cutoff" | "restore"): Promise<ControlResult> {
  try {
    const response = await fetch(`http://proxy/${word}`, {
      unix: join(egressFolder, EGRESS_FILES.control),
      method: word === "status" ? "GET" : "POST",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) return { outcome: "silent", reason: `it answered ${response.status}` }
    return { outcome: "answered", status: (await response.json()) as ControlStatus }
  } catch (error) {
    return { outcome: "silent", reason: error instanceof Error ? error.message : String(error) }
  }
}

/** `refused`: the proxy cannot obey that policy, and goes on with the one it has. */
export type ReloadResult =
  | ControlResult
  | { readonly outcome: "refused"; readonly message: string; readonly hint: string | undefined }

export async function reloadProxy(egressFolder: string, policy: RunPolicy): Promise<ReloadResult> {
  try {
    const response = await ask(egressFolder, "reload", { method: "POST", body: encodeRunPolicy(policy) })
    if (response.ok) return { outcome: "answered", status: (await response.json()) as ControlStatus }
    const { error } = (await response.json()) as { error: { message: string; hint?: string } }
    return { outcome: "refused", message: error.message, hint: error.hint }
  } catch (error) {
    return { outcome: "silent", reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Those in force when it is not cut; none from a proxy that does not say. */
export async function listProxyRoutes(egressFolder: string): Promise<readonly ListedRoute[]> {
  try {
    return ((await (await ask(egressFolder, "routes", {})).json()) as { routes: ListedRoute[] }).routes
  } catch {
    // It is asked for words only; what follows will say that it does not answer.
    return []
  }
}

function ask(egressFolder: string, word: string, init: RequestInit): Promise<Response> {
  const unix = join(egressFolder, EGRESS_FILES.control)
  return fetch(`http://proxy/${word}`, { ...init, unix, signal: AbortSignal.timeout(TIMEOUT_MS) })
}
