// The provider's own limits, as its answers tell of them. They are written into the ledger for people
// to see. The launcher is told once a refusal means that the run should wait for a reset.

import { decideOnLimit } from "@bot-bottle/budget"
import {
  asObject,
  asText,
  type CredentialedRoute,
  type ProviderWindow,
  type ProxyReport,
  parseJson,
  type RunPolicy,
} from "@bot-bottle/contracts"
import type { WindowsLedger } from "@bot-bottle/ledger"
import { type AnswerFacts, readProviderWindows } from "@bot-bottle/model-apis"
import { fieldValue, type ResponseHead } from "@bot-bottle/wire"
import type { LedgerWrites } from "../meter/ledger-writes.ts"

/** Of one answer's body: its pieces as they come, then undefined at its end. */
export type BodyTap = (bytes: Uint8Array | undefined) => void

export interface LimitDesk {
  /** Undefined where the body has nothing to say. */
  note(route: CredentialedRoute, head: ResponseHead): BodyTap | undefined
  /** An answer to a WebSocket's handshake that opens none. */
  noteHandshake(route: CredentialedRoute, answer: HandshakeFacts): void
  /** A message of a provider's in an open WebSocket. */
  noteMessage(route: CredentialedRoute, message: string | Uint8Array): void
}

export interface HandshakeFacts {
  readonly status: number
  readonly lines: readonly string[]
  readonly body: Uint8Array
}

export interface LimitDeskOptions {
  readonly policy: () => RunPolicy
  readonly ledger: WindowsLedger
  readonly writes: Pick<LedgerWrites, "enqueue">
  readonly report: (report: ProxyReport) => void
  readonly nowMs: () => number
}

const TOO_MANY = 429
const MAX_BODY_BYTES = 16 * 1024
/** A window that has not changed is written again after so long, to show that it is still true. */
const REPEAT_MS = 60_000
/** In the error that Codex is sent over a WebSocket in place of an HTTP 429. */
const USAGE_LIMIT = "usage_limit_reached"
const SAYS_LIMITS = /^(?:anthropic-ratelimit-unified|x-codex-)/

export function createLimitDesk({ policy, ledger, writes, report, nowMs }: LimitDeskOptions): LimitDesk {
  const written = new Map<string, ProviderWindow>()
  let isParked = false

  function take({ metering, login = "" }: CredentialedRoute, facts: AnswerFacts): void {
    if (metering === undefined) return
    const now = nowMs()
    const read = readProviderWindows(facts, now)
    const windows = read.map((window) => ({ provider: metering.provider, account: login, seenAtMs: now, ...window }))
    const fresh = windows.filter((window) => isNews(window, written.get(keyOf(window))))
    for (const window of fresh) written.set(keyOf(window), window)
    if (fresh.length > 0) writes.enqueue(() => ledger.noteWindows(fresh))

    const decision = decideOnLimit(
      policy().onLimit ?? "refuse",
      windows.filter(({ isSpent }) => isSpent),
      now,
    )
    if (decision.outcome === "refuse" || isParked) return
    isParked = true
    report({ kind: "limit-spent", provider: metering.provider, resetsAtMs: decision.untilMs })
  }

  return {
    note(route, head) {
      if (route.metering === undefined) return undefined
      const isRefusal = head.status === TOO_MANY
      if (!isRefusal && !head.names.some((name) => SAYS_LIMITS.test(name))) return undefined
      if (!isRefusal || head.contentEncoding !== undefined) {
        take(route, { status: head.status, header: (name) => headerValue(head, name) })
        return undefined
      }
      const parts: Uint8Array[] = []
      let size = 0
      let isOver = false
      return (bytes) => {
        if (isOver) return
        if (bytes !== undefined && size + bytes.length <= MAX_BODY_BYTES) {
          parts.push(bytes.slice())
          size += bytes.length
        }
        if (bytes !== undefined) return
        isOver = true
        const body = Buffer.concat(parts).toString("utf8")
        take(route, { status: head.status, header: (name) => headerValue(head, name), body })
      }
    },
    noteHandshake(route, { status, lines, body }) {
      const names = lines.map((line) => line.slice(0, Math.max(0, line.indexOf(":"))).toLowerCase())
      const text = Buffer.from(body.subarray(0, MAX_BODY_BYTES)).toString("utf8")
      take(route, { status, header: (name) => headerValue({ names, lines }, name), body: text })
    },
    noteMessage(route, message) {
      // Messages come by the thousand, and hardly any is an error.
      if (typeof message !== "string" || message.length > MAX_BODY_BYTES || !message.includes(USAGE_LIMIT)) return
      const error = asObject(parseJson(message))
      if (error?.["type"] !== "error") return
      const headers = asObject(error["headers"]) ?? {}
      take(route, { status: TOO_MANY, header: (name) => asText(headers[name]), body: message })
    },
  }
}

function keyOf({ provider, account, name }: ProviderWindow): string {
  return `${provider} ${account} ${name}`
}

function isNews(window: ProviderWindow, known: ProviderWindow | undefined): boolean {
  if (known === undefined || window.seenAtMs - known.seenAtMs >= REPEAT_MS) return true
  return (
    window.usedPermille !== known.usedPermille ||
    window.isSpent !== known.isSpent ||
    window.resetsAtMs !== known.resetsAtMs
  )
}

function headerValue({ names, lines }: Pick<ResponseHead, "names" | "lines">, name: string): string | undefined {
  const line = lines[names.indexOf(name)]
  return line === undefined ? undefined : fieldValue(line)
}
