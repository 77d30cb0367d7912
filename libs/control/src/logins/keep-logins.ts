// Keeps the logins of one run alive. Each is renewed before its access token ends. The run's proxy
// gets every new token, also one that another program renewed. A login that has ended for good is
// reported.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { RenewalReport } from "@bot-bottle/contracts/messages/renewal-order"
import { pause } from "@bot-bottle/kernel"
import type { ClaimsLedger } from "@bot-bottle/ledger"
import { digest } from "@bot-bottle/logins/renewal"
import { sendToken } from "../client/control-socket.ts"
import type { HostEnv } from "../host.ts"
import type { HostLogin } from "../resolve/credentials/host-login.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { readToken, type TokenNow } from "./read-token.ts"
import { renewHostLogin } from "./renew-host-login.ts"

export interface LoginOver {
  readonly login: HostLogin
  /** No secret in it. */
  readonly why: string
}

export interface KeptLogins {
  /** Once, for the first login that ends. */
  readonly over: Promise<LoginOver>
  /** The provider has refused the access token of this login. */
  refused(id: string): void
  close(): void
}

export interface KeepLogins {
  readonly env: Pick<HostEnv, "root" | "path">
  readonly ledger: ClaimsLedger
  readonly launch: Pick<ResolvedLaunch, "credentials" | "settings">
  readonly self: ProcessIdentity
  readonly egressFolder: string
}

/** A program of the host may renew its login at any time. */
const LOOK_MS = 60_000
const RETRY_MS = 2_000
/** An authority that cannot be reached: so long after the access token's end the run stops trying. */
const GRACE_MS = 60_000

export function keepLogins(options: KeepLogins): KeptLogins {
  const over = Promise.withResolvers<LoginOver>()
  const stop = new AbortController()
  const keepers = new Map<string, Keeper>()
  for (const { login, secret } of options.launch.credentials.values()) {
    if (login?.isRenewed !== true || keepers.has(login.id)) continue
    const keeper = createKeeper(options, login, secret.reveal(), stop.signal)
    keepers.set(login.id, keeper)
    void keeper.over.then((why) => over.resolve({ login, why }))
  }
  return {
    over: over.promise,
    refused: (id) => keepers.get(id)?.refused(),
    close: () => stop.abort(),
  }
}

type Failed = Extract<RenewalReport, { outcome: "refused" | "not-now" }>

/** The operator may be about to log in again. */
const EMPTY: Failed = { outcome: "not-now", why: "its file holds no login any more" }

interface Keeper {
  readonly over: Promise<string>
  refused(): void
}

function createKeeper(options: KeepLogins, login: HostLogin, firstToken: string, signal: AbortSignal): Keeper {
  const { env, ledger, launch, self, egressFolder } = options
  const renewing = { env, settings: launch.settings, ledger, self }
  const over = Promise.withResolvers<string>()
  let wake = Promise.withResolvers<void>()
  let inUse = digest(firstToken)
  /** The access token that the provider has refused. */
  let refused: string | undefined
  void keep().catch((error: unknown) => over.resolve(error instanceof Error ? error.name : "an error"))

  return {
    over: over.promise,
    refused() {
      refused = inUse
      wake.resolve()
    },
  }

  async function keep(): Promise<void> {
    let expiresAtMs: number | undefined
    while (!signal.aborted) {
      const now = readToken(env.root, login)
      if (now !== undefined) {
        expiresAtMs = now.expiresAtMs
        await handOver(now)
      }
      const failed = now === undefined ? EMPTY : await renewIfDue(now)
      if (signal.aborted) return
      if (failed !== undefined && isOver(failed, expiresAtMs)) return over.resolve(failed.why)
      const dueAtMs = readToken(env.root, login)?.dueAtMs ?? Number.POSITIVE_INFINITY
      const waitMs = failed === undefined ? Math.max(0, Math.min(LOOK_MS, dueAtMs - Date.now())) : RETRY_MS
      await pause(waitMs, signal, wake.promise)
      wake = Promise.withResolvers()
    }
  }

  async function handOver(token: TokenNow): Promise<void> {
    if (token.digest === inUse) return
    const told = await sendToken(egressFolder, { login: login.id, secret: token.secret })
    if (told.outcome !== "answered") return
    inUse = token.digest
    if (refused !== token.digest) refused = undefined
  }

  /** Undefined when it is not due, or was renewed. */
  async function renewIfDue(now: TokenNow): Promise<Failed | undefined> {
    const isRefused = refused === now.digest
    if (!isRefused && (now.dueAtMs === undefined || Date.now() < now.dueAtMs)) return undefined
    const hasChanged = () => signal.aborted || readToken(env.root, login)?.digest !== now.digest
    const wanted = { hasChanged, refused: isRefused ? now.digest : undefined }
    const report = await renewHostLogin(renewing, login, wanted).catch(
      (error: unknown): Failed => ({ outcome: "not-now", why: error instanceof Error ? error.name : "an error" }),
    )
    if (report.outcome === "refused" || report.outcome === "not-now") return report
    const after = readToken(env.root, login)
    if (after !== undefined) await handOver(after)
    return undefined
  }

  /** A refusal is final once the access token that is left opens nothing. */
  function isOver({ outcome }: Failed, expiresAtMs = 0): boolean {
    if (outcome === "not-now") return Date.now() >= expiresAtMs + GRACE_MS
    return refused !== undefined || Date.now() >= expiresAtMs
  }
}
