// The access tokens of logins that are renewed while the run runs. A new one goes into the policy,
// and the launcher is told when a provider refuses one. A client in the bottle that wants to renew
// its own holds placeholders and gets them again; nothing of it leaves.
//
//   INV-11  A refresh that is asked for in the bottle is answered here, with placeholders.

import type { CredentialedRoute, ProxyReport, Secret } from "@bot-bottle/contracts"
import type { PolicyInForce } from "../policy.ts"
import type { Reply } from "../wire/answer/reply.ts"

export interface LoginDesk {
  /** Throws OperatorProblem for a token that no header can carry; the one in force stays then. */
  replace(login: string, secret: Secret): void
  /** Of every answer to a request that carried a route's credential. */
  noteAnswer(route: CredentialedRoute, status: number): void
  /** For a route with `ownAnswer`. Waits a moment for a token that the provider has refused to be renewed. */
  answer(route: CredentialedRoute): Promise<Reply>
}

export interface LoginDeskOptions {
  readonly policy: PolicyInForce
  readonly report: (report: ProxyReport) => void
}

const UNAUTHORIZED = 401
/** Clients wait half a minute for an answer of their authority. */
const RENEWAL_TIMEOUT_MS = 15_000

interface Refusal {
  readonly token: string
  readonly renewed: PromiseWithResolvers<void>
}

export function createLoginDesk({ policy, report }: LoginDeskOptions): LoginDesk {
  const refusals = new Map<string, Refusal>()
  const tokenOf = (login: string) =>
    policy.current.given.routes.find((route) => route.login === login && route.secret !== undefined)?.secret?.reveal()

  return {
    replace(login, secret) {
      const { given } = policy.current
      const routes = given.routes.map((route) =>
        route.login === login && route.secret !== undefined ? { ...route, secret } : route,
      )
      policy.replace({ ...given, routes })
      const refusal = refusals.get(login)
      if (refusal === undefined || refusal.token === secret.reveal()) return
      refusals.delete(login)
      refusal.renewed.resolve()
    },
    noteAnswer({ login, secret }, status) {
      if (status !== UNAUTHORIZED || login === undefined || secret === undefined) return
      const token = secret.reveal()
      // A request that left before the last renewal says nothing about the token of now.
      if (tokenOf(login) !== token || refusals.get(login)?.token === token) return
      refusals.set(login, { token, renewed: Promise.withResolvers() })
      report({ kind: "login-refused", login })
    },
    async answer({ login, ownAnswer = "" }) {
      const refusal = refusals.get(login ?? "")
      if (refusal !== undefined) await within(refusal.renewed.promise, RENEWAL_TIMEOUT_MS)
      return { status: 200, phrase: "OK", lines: ["content-type: application/json"], body: Buffer.from(ownAnswer) }
    },
  }
}

async function within(promise: Promise<void>, timeoutMs: number): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, timeoutMs)
  await Promise.race([promise, over.promise])
  clearTimeout(timer)
}
