// The host's hand on a running proxy, on a socket the bottle cannot see. The caller keeps the
// record: it must be made even when this process is too dead to answer.

import { chmodSync, rmSync } from "node:fs"
import {
  type ControlError,
  type ControlRoutes,
  type ControlStanding,
  type ControlStatus,
  type CredentialedRoute,
  OperatorProblem,
  type RunBudgets,
  type RunPolicy,
  type Slug,
} from "@bot-bottle/contracts"
import { type AccessToken, parseAccessToken } from "@bot-bottle/contracts/messages/access-token"
import { PROXY_PROTOCOL } from "@bot-bottle/contracts/messages/control-answer"
import { MAX_PROXY_CONFIG, parseRunPolicy } from "@bot-bottle/contracts/messages/proxy-config"
import { parseRunLease, type RunLease } from "@bot-bottle/contracts/messages/run-lease"
import { isBare } from "./ask/granted-routes.ts"
import { describeCutoff } from "./describe-denial.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"
import { listRoutes } from "./list-routes.ts"

export interface ControlOptions {
  readonly path: string
  readonly slug: Slug
  readonly egress: EgressSwitch
  readonly events: EventLog
  /** Throws for a policy that cannot be obeyed; the one in force stays then. */
  readonly reload: (policy: RunPolicy) => void
  /** Of the policy in force, also while it is cut. */
  readonly routes: () => readonly CredentialedRoute[]
  /** The routes and budgets in force, with all that was granted at run time. */
  readonly standing: () => { readonly routes: readonly CredentialedRoute[]; readonly budgets: RunBudgets }
  /** How many requests wait for the operator. */
  readonly held: () => number
  /** The ledger holds questions or answers that this proxy may not know of. */
  readonly onAnswers: () => Promise<void>
  /** False for a run that began without a lease. */
  readonly onLease: (lease: RunLease) => boolean
  /** Throws for a token that cannot be used; the one in force stays then. */
  readonly onToken: (token: AccessToken) => void
}

export interface Control {
  close(): Promise<void>
}

/** More than a policy may hold, so that `parseRunPolicy` names the problem. */
const MAX_BODY_BYTES = 2 * MAX_PROXY_CONFIG

export function openControl({
  path,
  slug,
  egress,
  events,
  reload,
  routes,
  standing,
  onAnswers,
  onLease,
  onToken,
  held,
}: ControlOptions): Control {
  rmSync(path, { force: true })
  const status = (): Response => {
    const body: ControlStatus = {
      protocol: PROXY_PROTOCOL,
      slug,
      egress: egress.cutState === undefined ? "open" : "cut",
      openStreams: egress.openStreams,
      requests: events.forwarded,
      denied: events.denied,
      held: held(),
    }
    return Response.json(body)
  }

  const server = Bun.serve({
    unix: path,
    routes: {
      "/status": { GET: status },
      "/routes": {
        GET: () => Response.json({ protocol: PROXY_PROTOCOL, routes: listRoutes(routes()) } satisfies ControlRoutes),
      },
      "/cutoff": {
        POST: () => {
          const denial = describeCutoff(slug)
          egress.cut({ metered: denial, others: denial })
          return status()
        },
      },
      "/restore": {
        POST: () => {
          egress.restore()
          return status()
        },
      },
      "/standing": { GET: () => Response.json(describeStanding(standing())) },
      "/answers": {
        async POST() {
          await onAnswers()
          return status()
        },
      },
      "/lease": {
        async POST(request) {
          const lease = parseRunLease(await request.text())
          if (lease.outcome === "invalid") return refuse({ message: `the lease cannot be read: ${lease.problem}` })
          if (!onLease(lease.message)) return refuse({ message: "the run began without a lease" })
          return status()
        },
      },
      "/token": {
        async POST(request) {
          const token = parseAccessToken(await request.text())
          if (token.outcome === "invalid") return refuseMessage(token.problem)
          try {
            onToken(token.message)
            return status()
          } catch (error) {
            return refusePolicy(error)
          }
        },
      },
      "/reload": {
        async POST(request) {
          const policy = parseRunPolicy(await request.text())
          if (policy.outcome === "invalid") return refuseMessage(policy.problem)
          try {
            reload(policy.message)
            return status()
          } catch (error) {
            return refusePolicy(error)
          }
        },
      },
    },
    maxRequestBodySize: MAX_BODY_BYTES,
    fetch: () => new Response("Not found\n", { status: 404 }),
  })
  chmodSync(path, 0o600)

  return {
    async close() {
      await server.stop(true)
      rmSync(path, { force: true })
    },
  }
}

function describeStanding({ routes, budgets }: ReturnType<ControlOptions["standing"]>): ControlStanding {
  const providers = routes.flatMap(({ metering }) => (metering === undefined ? [] : [metering.provider]))
  const sealed = routes.filter((route) => route.effect === "allow" && !isBare(route)).map(({ host }) => host)
  return {
    protocol: PROXY_PROTOCOL,
    routes: listRoutes(routes),
    sealed: [...new Set(sealed)],
    budgets,
    providers: [...new Set(providers)],
  }
}

function refuseMessage(problem: string): Response {
  return refuse({
    message: `the new policy cannot be read: ${problem}`,
    hint: "use the bot-bottle that the run was started with",
  })
}

/** Only an OperatorProblem is known to quote no credential. */
function refusePolicy(error: unknown): Response {
  if (!(error instanceof OperatorProblem)) return refuse({ message: "the new policy cannot be applied" })
  const { message, hint } = error
  return refuse({ message, ...(hint === undefined ? {} : { hint }) })
}

function refuse(error: ControlError["error"]): Response {
  const body: ControlError = { protocol: PROXY_PROTOCOL, error }
  return Response.json(body, { status: 400 })
}
