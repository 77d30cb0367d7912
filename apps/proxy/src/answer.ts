// Answers every request that comes through the tunnels to one place. Made once for the
// place, so that all that can be known before the first request is.
//
// Wiring only: libs decide; here the Host is compared, the decision obeyed and its outcome
// written down.
//
//   INV-51  Host must equal the tunnel's authority on every request, not only the first.

import {
  type Authority,
  CANARY_HOST,
  type Denial,
  type DenialReason,
  type EgressEvent,
  INTERNAL_HOST,
  parseAuthority,
} from "@bot-bottle/contracts"
import { prepareOutbound } from "@bot-bottle/egress"
import { answerDenial } from "./denial-answer.ts"
import { describeDenial } from "./denial-words.ts"
import { describeRoutes } from "./doorman.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"
import { findOpenPorts } from "./find-open-ports.ts"
import type { Answer } from "./intercept/inner-servers.ts"
import type { ForwardMetered } from "./meter/forward-metered.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import { describeUnsent } from "./upstream/describe-unsent.ts"
import { passOn } from "./upstream/pass-on.ts"
import { hostHeader, type Send } from "./upstream/send.ts"

export interface AnswerOptions {
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly events: EventLog
  readonly createSend: (authority: Authority, scheme: "https" | "http") => Send
  readonly forwardMetered: ForwardMetered
}

/** In the log: where a program asks for a name's address. */
const NAME_SERVER_PORT = 53

export function createAnswer(authority: Authority, scheme: "https" | "http", options: AnswerOptions): Answer {
  const { egress, meteredHosts, events, createSend, forwardMetered } = options
  if (authority.host === INTERNAL_HOST) return createInternalAnswer(options)

  const api = meteredHosts.find(authority, scheme)
  const send = createSend(authority, scheme)
  const place = hostHeader(authority, scheme)
  const defaultPort = scheme === "https" ? 443 : 80
  const pathStart = scheme.length + 3

  function isThisHost(text: string | null): boolean {
    if (text === place) return true
    // Two Host headers arrive as one, joined by a comma, which no host has.
    const named = text === null ? undefined : parseAuthority(text, defaultPort)
    return (
      named !== undefined &&
      named.kind !== "malformed" &&
      named.host === authority.host &&
      named.port === authority.port
    )
  }

  function refuse(denial: Denial, request: Request, more: Pick<EgressEvent, "path" | "rule"> = {}): Response {
    const answer = answerDenial(denial, api)
    const { host, port } = authority
    events.recordDenied({ reason: denial.reason, method: request.method, host, port, status: answer.status, ...more })
    return answer
  }

  function describe(reason: DenialReason): Denial {
    return describeDenial(reason, place)
  }

  return async (request) => {
    if (!isThisHost(request.headers.get("host"))) return refuse(describe("host-mismatch"), request)

    const { path, search } = splitTarget(request.url, pathStart)
    const cut = egress.cutState
    if (cut !== undefined) return refuse(api === undefined ? cut.others : cut.metered, request, { path })

    const decision = egress.routes.decideRequest(authority, scheme, {
      method: request.method,
      path,
      // Copying them costs as much as judging the rest.
      headers: egress.readsHeaders ? request.headers.toJSON() : {},
    })
    if (decision.outcome === "deny")
      return refuse(describe(decision.reason), request, {
        path,
        ...(decision.rule === undefined ? {} : { rule: decision.rule }),
      })
    // A WebSocket would be a way past every rule on requests; other upgrades are offers, and not taken up.
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket")
      return refuse(describe("foreign-protocol"), request, { path, rule: decision.rule })

    const { route, rule } = decision
    const startedAtMs = performance.now()
    const outbound = prepareOutbound(route, request.headers, search)
    const target = decision.path + outbound.search

    if (route.metering !== undefined) {
      const forwarded = await forwardMetered({
        route,
        request,
        path: decision.path,
        target,
        headers: outbound.headers,
        send,
        place,
      })
      if ("reason" in forwarded) return refuse(forwarded, request, { path, rule })
      record(request, forwarded, path, rule, startedAtMs)
      return forwarded
    }

    const sent = await send({
      method: request.method,
      target,
      headers: outbound.headers,
      body: request.body,
      signal: request.signal,
    })
    if (sent.outcome !== "answered") return refuse(describeUnsent(sent, egress, place), request, { path, rule })
    record(request, sent.response, path, rule, startedAtMs)
    return passOn(route, sent.response)
  }

  function record(request: Request, response: Response, path: string, rule: string, startedAtMs: number): void {
    const { host, port } = authority
    const durationMs = Math.round(performance.now() - startedAtMs)
    events.recordForwarded({ method: request.method, host, port, path, status: response.status, rule, durationMs })
  }
}

function splitTarget(url: string, pathStart: number): { readonly path: string; readonly search: string } {
  const slash = url.indexOf("/", pathStart)
  const question = url.indexOf("?", slash)
  const path = question === -1 ? url.slice(slash) : url.slice(slash, question)
  // `fetch` sends a path's leading slashes as one; judged must be what is sent.
  return {
    path: path.startsWith("//") ? path.replace(/^\/+/, "/") : path,
    search: question === -1 ? "" : url.slice(question),
  }
}

function createInternalAnswer({ egress, meteredHosts, events }: AnswerOptions): Answer {
  function lookUp(name: string): Response {
    const found = findOpenPorts(name, { egress, meteredHosts })
    if (found.outcome === "open") return Response.json({ ports: found.ports })
    // A name the agent looked for in vain is a refusal like any other; the canary's is our own question.
    if (found.reason !== "malformed-host" && name !== CANARY_HOST)
      events.recordDenied({ reason: found.reason, host: name, port: NAME_SERVER_PORT })
    return Response.json({ ports: [], reason: found.reason })
  }

  return (request) => {
    const { path, search } = splitTarget(request.url, request.url.indexOf("://") + 3)
    switch (path) {
      case "/allowlist":
        return new Response(describeRoutes(egress.routes.routes), { headers: { "content-type": "application/json" } })
      case "/lookup":
        return lookUp(new URLSearchParams(search).get("name") ?? "")
      default:
        return new Response("Ask for /allowlist\n", { status: 404 })
    }
  }
}
