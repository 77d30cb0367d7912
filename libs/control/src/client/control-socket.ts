// Talks to a run's proxy over its control socket. The proxy may be another build: each answer is
// parsed, and one that cannot be read counts as silence, with its reason. The caller then ends the
// proxy, which closes egress just as well.

import { join } from "node:path"
import {
  type ControlStatus,
  EGRESS_FILES,
  type ListedRoute,
  type MessageOf,
  type MessageSchema,
  type RunPolicy,
} from "@bot-bottle/contracts"
import { type AccessToken, encodeAccessToken } from "@bot-bottle/contracts/messages/access-token"
import {
  controlErrorSchema,
  controlRoutesSchema,
  controlStatusSchema,
  MAX_CONTROL_ANSWER,
  PROXY_PROTOCOL,
} from "@bot-bottle/contracts/messages/control-answer"
import { encodeRunPolicy } from "@bot-bottle/contracts/messages/proxy-config"
import { encodeRunLease, type RunLease } from "@bot-bottle/contracts/messages/run-lease"
import { parseGreeting } from "@bot-bottle/contracts/messages/shapes/parse-message"

export type ControlResult =
  | { readonly outcome: "answered"; readonly status: ControlStatus }
  | { readonly outcome: "silent"; readonly reason: string }

type ControlRequest = "status" | "cutoff" | "restore" | "answers" | "reload" | "routes" | "token" | "lease"

/** A loaded host needs time to act; the caller ends a proxy that stays silent, and its run with it. */
const ACT_TIMEOUT_MS = 5_000
/** Only shown, or asked again soon. The routes of before are neither: the audit trail has what a reload changed. */
const SHORT_TIMEOUT_MS: Readonly<Partial<Record<ControlRequest, number>>> = { status: 3_000, lease: 1_000 }

export async function requestProxy(
  egressFolder: string,
  request: "status" | "cutoff" | "restore" | "answers",
): Promise<ControlResult> {
  try {
    const response = await ask(egressFolder, request, { method: request === "status" ? "GET" : "POST" })
    if (!response.ok) return { outcome: "silent", reason: `it answered ${response.status}` }
    return { outcome: "answered", status: await read(response, controlStatusSchema) }
  } catch (error) {
    return silence(error)
  }
}

/** Gives the proxy the new access token of a login. */
export function sendToken(egressFolder: string, token: AccessToken): Promise<ControlResult> {
  return send(egressFolder, "token", encodeAccessToken(token))
}

/** Tells the proxy how long it may serve. */
export function sendLease(egressFolder: string, lease: RunLease): Promise<ControlResult> {
  return send(egressFolder, "lease", encodeRunLease(lease))
}

async function send(egressFolder: string, request: "token" | "lease", body: string): Promise<ControlResult> {
  try {
    const response = await ask(egressFolder, request, { method: "POST", body })
    if (!response.ok) return { outcome: "silent", reason: `it answered ${response.status}` }
    return { outcome: "answered", status: await read(response, controlStatusSchema) }
  } catch (error) {
    return silence(error)
  }
}

/** `refused`: the proxy cannot apply the policy, and keeps the one it has. */
export type ReloadResult =
  | ControlResult
  | { readonly outcome: "refused"; readonly message: string; readonly hint: string | undefined }

export async function reloadProxy(egressFolder: string, policy: RunPolicy): Promise<ReloadResult> {
  try {
    const response = await ask(egressFolder, "reload", { method: "POST", body: encodeRunPolicy(policy) })
    if (response.ok) return { outcome: "answered", status: await read(response, controlStatusSchema) }
    const { error } = await read(response, controlErrorSchema)
    return { outcome: "refused", message: error.message, hint: error.hint }
  } catch (error) {
    return silence(error)
  }
}

/** The routes in force when egress is open; none from a proxy that does not answer. */
export async function listProxyRoutes(egressFolder: string): Promise<readonly ListedRoute[]> {
  try {
    return (await read(await ask(egressFolder, "routes", {}), controlRoutesSchema)).routes
  } catch {
    // The request that follows reports a silent proxy.
    return []
  }
}

function ask(egressFolder: string, request: ControlRequest, init: RequestInit): Promise<Response> {
  const unix = join(egressFolder, EGRESS_FILES.control)
  const timeoutMs = SHORT_TIMEOUT_MS[request] ?? ACT_TIMEOUT_MS
  return fetch(`http://proxy/${request}`, { ...init, unix, signal: AbortSignal.timeout(timeoutMs) })
}

async function read<Schema extends MessageSchema>(response: Response, schema: Schema): Promise<MessageOf<Schema>> {
  const answer = parseGreeting(schema, await response.text(), {
    maxLength: MAX_CONTROL_ANSWER,
    protocol: PROXY_PROTOCOL,
  })
  if (answer.outcome === "invalid") throw new Error(`its answer cannot be read: ${answer.problem}`)
  return answer.message
}

function silence(error: unknown): ControlResult & { readonly outcome: "silent" } {
  return { outcome: "silent", reason: error instanceof Error ? error.message : String(error) }
}
