// Renews one login, as a process of its own: whatever ends the launcher that asked for it, this one
// reads the authority's answer and writes it down.
//
// Spawn contract. stdin: one line of `RenewalOrderMessage`, then its end. stdout: one line of
// `RenewalReport`. It is in a session of its own, and ignores every signal that can be ignored.
//
//   One process at a time renews a login of this host: it holds the login's claim in the ledger.

import { setTimeout as sleep } from "node:timers/promises"
import { linesOf, OperatorProblem } from "@bot-bottle/contracts"
import {
  MAX_RENEWAL_ORDER,
  type RenewalOrderMessage,
  type RenewalReport,
  renewalOrderSchema,
} from "@bot-bottle/contracts/messages/renewal-order"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { isProcessAlive } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { askAuthority, takeHarnessLock } from "@bot-bottle/logins/authority"
import { loginId, openRenewalJournal, renewLogin } from "@bot-bottle/logins/renewal"
import { findProvider } from "@bot-bottle/providers"
import { loadOwnIdentity } from "../launch/own-identity.ts"

const TURN_TIMEOUT_MS = 60_000
const TURN_POLL_MS = 50
/** Longer than a harness's own renewal may take. */
const LOCK_TIMEOUT_MS = 45_000
const ANSWER_TIMEOUT_MS = 30_000

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"] as const) process.on(signal, () => {})
// Its reader may be gone by then, and nothing depends on the report.
process.stdout.on("error", () => {})
void main()

async function main(): Promise<never> {
  process.stdout.write(`${JSON.stringify(await run())}\n`)
  process.exit(0)
}

async function run(): Promise<RenewalReport> {
  try {
    const line = await linesOf(Bun.stdin.stream(), { maxLength: MAX_RENEWAL_ORDER, unfinished: "dropped" }).next()
    if (line.done === true) return notNow("it received no order on its stdin")
    const order = parseMessage(renewalOrderSchema, line.value, { maxLength: MAX_RENEWAL_ORDER })
    return order.outcome === "parsed" ? await renew(order.message) : notNow(`its order is invalid: ${order.problem}`)
  } catch (error) {
    return notNow(describe(error))
  }
}

async function renew({ root, ledgerPath, provider, file, refused, address, roots }: RenewalOrderMessage) {
  const source = findProvider(provider)?.credentials.find((one) => one.kind === "login")
  if (source?.renewal === undefined) return notNow(`this version renews no login of ${provider}`)
  const { renewal } = source
  await using ledger = await openLedger(ledgerPath)
  const turn = { kind: "login", name: loginId(file), holder: loadOwnIdentity() } as const
  const deadlineMs = performance.now() + TURN_TIMEOUT_MS
  while ((await ledger.claim(turn, isProcessAlive)) !== "claimed") {
    if (performance.now() > deadlineMs) return notNow("another process has been renewing it for a minute")
    await sleep(TURN_POLL_MS)
  }
  try {
    return await renewLogin(
      { file, source, renewal, refused },
      {
        journal: openRenewalJournal(root, file),
        takeLock: (lock) => takeHarnessLock(lock, LOCK_TIMEOUT_MS),
        ask: (request, onSending) => askAuthority(request, { address, roots, timeoutMs: ANSWER_TIMEOUT_MS }, onSending),
        nowMs: Date.now,
      },
    )
  } finally {
    await ledger.releaseClaim(turn)
  }
}

function notNow(why: string): RenewalReport {
  return { outcome: "not-now", why: why.slice(0, 1_000) }
}

/** Only an OperatorProblem is known to quote no credential. */
function describe(error: unknown): string {
  if (error instanceof OperatorProblem) return error.message
  const code = (error as NodeJS.ErrnoException).code
  return `${error instanceof Error ? error.name : "an error"}${code === undefined ? "" : ` ${code}`}`
}
