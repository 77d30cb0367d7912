// Renews one login: under the lock of its harness, with a journal on the disk before each step, and
// the new text in the file before anybody uses it.
//
// The caller holds this host's turn for the login. When a process died, or a connection broke,
// between the sending and the answer, nobody here sends the refresh token again: the login counts
// as refused until somebody logs in. Fields that we do not know stay as they are.
//
//   INV-11  A refresh token leaves this host once: not again after a crash, a lost answer or a refusal.

import { readFileSync } from "node:fs"
import type { RenewalRecord } from "@bot-bottle/contracts/messages/renewal-record"
import { replaceFile } from "@bot-bottle/kernel"
import type { AuthorityAnswer, HarnessLock, LoginCredential, LoginReading, LoginRenewal } from "@bot-bottle/providers"
import type { AskResult, AuthorityRequest } from "./ask-authority.ts"
import type { LockResult } from "./harness-lock.ts"
import { digest, openRenewalJournal, type RenewalJournal } from "./renewal-journal.ts"
import { dueAtMs, lifeOf } from "./when-due.ts"

export interface RenewalOrder {
  readonly file: string
  readonly source: Pick<LoginCredential, "read">
  readonly renewal: LoginRenewal
  /** `digest` of an access token that the provider has refused, though it has not ended. */
  readonly refused: string | undefined
}

export interface RenewalTools {
  readonly journal: RenewalJournal
  readonly takeLock: (lock: HarnessLock) => Promise<LockResult>
  readonly ask: (request: AuthorityRequest, onSending: () => void) => Promise<AskResult>
  readonly nowMs: () => number
}

export type RenewalOutcome =
  /** Somebody else was faster, or it is not due. */
  | { readonly outcome: "current" }
  | { readonly outcome: "renewed" }
  /** Only a new login helps. `why` holds no secret. */
  | { readonly outcome: "refused"; readonly why: string }
  /** Worth another attempt later. */
  | { readonly outcome: "not-now"; readonly why: string }

export async function renewLogin(order: RenewalOrder, tools: RenewalTools): Promise<RenewalOutcome> {
  const lock = await tools.takeLock(order.renewal.lock(order.file))
  if (lock.outcome === "busy") return { outcome: "not-now", why: "another program is renewing it" }
  try {
    return await renewLocked(order, tools)
  } finally {
    lock.release()
  }
}

const LOST = "the answer to its last renewal was lost, and its refresh token may be spent"

async function renewLocked(order: RenewalOrder, tools: RenewalTools): Promise<RenewalOutcome> {
  const { journal, nowMs } = tools
  const unfinished = concludeUnfinished(order, tools)
  if (unfinished !== undefined) return unfinished

  const text = readFileSync(order.file, "utf8")
  const reading = order.source.read(text, nowMs())
  if (!isWanted(order, reading, journal.find(), nowMs())) return { outcome: "current" }
  const request = order.renewal.request(text)
  if (request.outcome === "unusable") return { outcome: "refused", why: request.why }

  const spent = digest(request.refreshToken)
  const { host, path } = order.renewal
  const asked = await tools.ask({ host, path, headers: request.headers, body: request.body }, () =>
    journal.write({ spent, state: "sending", atMs: nowMs() }),
  )
  if (asked.outcome === "unreachable") return { outcome: "not-now", why: asked.why }
  if (asked.outcome === "lost") return { outcome: "refused", why: LOST }
  const answered = { status: asked.status, body: asked.body, atMs: nowMs() }
  journal.write({ spent, state: "answered", atMs: answered.atMs, answer: { status: asked.status, body: asked.body } })
  return writeDown(order, tools, spent, answered)
}

/** Undefined when nothing is left of the renewal before. */
function concludeUnfinished(order: RenewalOrder, tools: RenewalTools): RenewalOutcome | undefined {
  const record = tools.journal.find()
  if (record === undefined || record.state === "renewed") return undefined
  const request = order.renewal.request(readFileSync(order.file, "utf8"))
  // Somebody has logged in since, the harness has renewed it itself, or the file is written and nobody noted it.
  if (request.outcome === "unusable" || digest(request.refreshToken) !== record.spent) return undefined
  if (record.state === "answered" && record.answer !== undefined)
    return writeDown(order, tools, record.spent, { ...record.answer, atMs: record.atMs })
  return { outcome: "refused", why: record.why ?? LOST }
}

/** Why nobody here will renew the login in this file as it is now. Undefined when it may be renewed. */
export function findRefusal(
  root: string,
  file: string,
  { renewal }: Pick<LoginCredential, "renewal">,
): string | undefined {
  const record = openRenewalJournal(root, file).find()
  if (record === undefined || (record.state !== "refused" && record.state !== "sending")) return undefined
  const request = renewal?.request(readFileSync(file, "utf8"))
  if (request?.outcome !== "ready" || digest(request.refreshToken) !== record.spent) return undefined
  return record.why ?? LOST
}

interface Answered extends AuthorityAnswer {
  readonly atMs: number
}

/** Reads the file again: nobody renews it under its harness's lock, but other fields may have changed. */
function writeDown(
  { file, renewal, source }: RenewalOrder,
  { journal }: RenewalTools,
  spent: string,
  { atMs, ...answer }: Answered,
): RenewalOutcome {
  const read = renewal.readAnswer(readFileSync(file, "utf8"), answer, atMs)
  switch (read.outcome) {
    case "renewed": {
      replaceFile(file, read.text)
      const reading = source.read(read.text, atMs)
      const expiresAtMs = reading.outcome === "found" ? reading.expiresAtMs : undefined
      journal.write({ spent, state: "renewed", atMs, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) })
      return { outcome: "renewed" }
    }
    case "refused":
      journal.write({ spent, state: "refused", atMs, why: read.why })
      return read
    case "not-now":
      // The authority has said that it did nothing: the token is as it was before.
      journal.forget()
      return read
  }
}

function isWanted(
  { refused }: RenewalOrder,
  reading: LoginReading,
  record: RenewalRecord | undefined,
  nowMs: number,
): boolean {
  if (reading.outcome !== "found" || reading.isRenewable !== true) return false
  if (refused !== undefined && digest(reading.secret) === refused) return true
  const due = dueAtMs(lifeOf(reading, record))
  return due !== undefined && nowMs >= due
}
