// Has a login renewed by a process of its own, one process a host at a time. Other launchers that
// want the same login wait until its file has changed.

import { setTimeout as sleep } from "node:timers/promises"
import { hostProgram, linesOf, type ProcessIdentity, SEALED_FOLDER } from "@bot-bottle/contracts"
import {
  MAX_RENEWAL_REPORT,
  type RenewalOrderMessage,
  type RenewalReport,
  renewalReportSchema,
} from "@bot-bottle/contracts/messages/renewal-order"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { ClaimsLedger } from "@bot-bottle/ledger"
import { findRefusal } from "@bot-bottle/logins/renewal"
import type { Settings } from "@bot-bottle/manifest"
import type { HostEnv } from "../host.ts"
import { ledgerPath } from "../ledger-path.ts"
import type { HostLogin } from "../resolve/credentials/host-login.ts"
import { readSystemRoots, readUpstreamCa } from "../resolve/system-roots.ts"

export interface Renewing {
  readonly env: Pick<HostEnv, "root" | "path">
  readonly settings: Settings
  readonly ledger: ClaimsLedger
  readonly self: ProcessIdentity
}

const WAIT_MS = 250

/**
 * `hasChanged`: whether the login's file holds another access token by now. `refused`: the digest of an access token
 * that the provider has refused.
 */
export async function renewHostLogin(
  { env, settings, ledger, self }: Renewing,
  login: HostLogin,
  { hasChanged, refused }: { readonly hasChanged: () => boolean; readonly refused: string | undefined },
): Promise<RenewalReport> {
  // Not what keeps renewals apart, only what keeps fifty launchers from starting fifty processes.
  const turn = { kind: "login", name: `turn:${login.id}`, holder: self } as const
  while ((await ledger.claim(turn, isProcessAlive)) !== "claimed") {
    await sleep(WAIT_MS)
    if (hasChanged()) return { outcome: "current" }
  }
  try {
    if (hasChanged()) return { outcome: "current" }
    const upstreamCa = readUpstreamCa(settings)
    const address = settings.resolve[login.source.renewal?.host ?? ""]
    return await runRenewer(env.path, login, {
      root: env.root,
      ledgerPath: ledgerPath(env.root),
      provider: login.provider,
      file: login.file,
      roots: [readSystemRoots(), upstreamCa ?? ""].join("\n"),
      ...(address === undefined ? {} : { address }),
      ...(refused === undefined ? {} : { refused }),
    })
  } finally {
    await ledger.releaseClaim(turn)
  }
}

async function runRenewer(path: string, { source }: HostLogin, order: RenewalOrderMessage): Promise<RenewalReport> {
  const child = Bun.spawn([...hostProgram(process.execPath, "login-renewer")], {
    cwd: SEALED_FOLDER,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    env: { PATH: path },
    // In a session of its own: what ends the launcher's terminal or its group must not end this.
    detached: true,
  })
  try {
    child.stdin.write(`${JSON.stringify(order)}\n`)
    await child.stdin.end()
  } catch {
    // It ended first, and the missing report says so.
  }
  const line = await linesOf(child.stdout, { maxLength: MAX_RENEWAL_REPORT, unfinished: "dropped" }).next()
  if (line.done === true) {
    // Killed, and perhaps between the sending and the answer.
    const lost = findRefusal(order.root, order.file, source)
    if (lost !== undefined) return { outcome: "refused", why: lost }
    return { outcome: "not-now", why: "the process that renews it ended without a report" }
  }
  const report = parseMessage(renewalReportSchema, line.value, { maxLength: MAX_RENEWAL_REPORT })
  return report.outcome === "parsed" ? report.message : { outcome: "not-now", why: report.problem }
}
