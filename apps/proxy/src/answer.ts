// Answers every request that comes through the tunnels to one place. Made once for the
// place, so that all that can be known before the first request is; what depends on the policy
// is asked again, since it may change while a tunnel is open.
//
// Wiring only: libs decide; here the Host is compared, the decision obeyed and its outcome
// written down.
//
//   INV-51  Host must equal the tunnel's authority on every request, not only the first.

import {
  type Authority,
  type Denial,
  type DenialReason,
  type EgressEvent,
  INTERNAL_HOST,
  parseAuthority,
  SELF_TEST_HOST,
} from "@bot-bottle/contracts"
import { prepareOutbound } from "@bot-bottle/egress"
import { answerDenial } from "./denial-answer.ts"
import { type DlpDenial, describeDenial } from "./denial-words.ts"
import type { DlpRecord } from "./dlp/dlp-record.ts"
import { guardRoute } from "./dlp/outbound-guard.ts"
import { sendGuarded } from "./dlp/send-guarded.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"
import { findOpenPorts } from "./find-open-ports.ts"
import type { Answer } from "./intercept/inner-servers.ts"
import type { ForwardMetered } from "./meter/forward-metered.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import type { PolicyInForce } from "./policy.ts"
import type { DialUpstream } from "./socket/dial-upstream.ts"
import { readHandshake } from "./socket/handshake.ts"
import { SWITCHING_PROTOCOLS } from "./socket/metered-turns.ts"
import type { OpenSocket } from "./socket/open-socket.ts"
import { describeRoutes } from "./tunnel-policy.ts"
import { describeUnsent } from "./upstream/describe-unsent.ts"
import { passOn } from "./upstream/pass-on.ts"
import { hostHeader, type Send } from "./upstream/send.ts"

export interface AnswerOptions {
  readonly policy: Pick<PolicyInForce, "current">
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly events: EventLog
  readonly dlp: DlpRecord
  readonly createSend: (authority: Authority, scheme: "https" | "http") => Send
  readonly createDial: (authority: Authority, scheme: "https" | "http") => DialUpstream
  readonly openSocket: OpenSocket
  readonly forwardMetered: ForwardMetered
  /** For the status line of the agent's own screen. */
  readonly statusText: () => Promise<string>
}

/** In the log: where a program asks for a name's address. */
const NAME_SERVER_PORT = 53

export function createAnswer(authority: Authority, scheme: "https" | "http", options: AnswerOptions): Answer {
  const { policy, egress, meteredHosts, events, dlp, createSend, createDial, openSocket, forwardMetered } = options
  if (authority.host === INTERNAL_HOST) return createInternalAnswer(options)

  const send = createSend(authority, scheme)
  const dial = createDial(authority, scheme)
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
    const answer = answerDenial(
      denial,
      meteredHosts.find(authority, scheme)?.formatAt(splitTarget(request.url, pathStart).path),
    )
    recordDenied(denial, request, { status: answer.status, ...more })
    return answer
  }

  function recordDenied(denial: Denial, request: Request, more: Partial<EgressEvent>): void {
    const { host, port } = authority
    const found = "detector" in denial ? { detector: (denial as DlpDenial).detector } : {}
    events.recordDenied({ reason: denial.reason, method: request.method, host, port, ...more, ...found })
  }

  function describe(reason: DenialReason): Denial {
    return describeDenial(reason, place)
  }

  return async (request, upgrade) => {
    if (!isThisHost(request.headers.get("host"))) return refuse(describe("host-mismatch"), request)

    const { path, search } = splitTarget(request.url, pathStart)
    const cut = egress.cutState
    if (cut !== undefined) {
      const isMetered = meteredHosts.find(authority, scheme) !== undefined
      return refuse(isMetered ? cut.metered : cut.others, request, { path })
    }

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
    const handshake = readHandshake(request)
    if (handshake === "malformed") return refuse(describe("foreign-protocol"), request, { path, rule: decision.rule })

    const { route, rule } = decision
    const startedAtMs = performance.now()
    const guarding = guardRoute(route, { policy: policy.current, record: dlp, host: authority.host, place })
    const guard = guarding instanceof Promise ? await guarding : guarding
    // As the agent wrote it: what is taken out of a request further on betrays a credential as well.
    const headers = guard.passHead(path + search, request.headers)
    // The path itself is what was found: it is not for the log.
    if (!(headers instanceof Headers)) return refuse(headers, request, { rule })
    const outbound = prepareOutbound(route, headers, search)
    const target = decision.path + outbound.search

    if (handshake !== undefined) {
      const { headers } = outbound
      const opened = await openSocket({
        route,
        request,
        handshake,
        path: decision.path,
        target,
        headers,
        dial,
        upgrade,
        place,
        guard,
        recordDenied: (denial) => recordDenied(denial, request, { path, rule }),
      })
      if (opened !== "opened" && "reason" in opened) return refuse(opened, request, { path, rule })
      record(request, opened === "opened" ? { status: SWITCHING_PROTOCOLS } : opened, path, rule, startedAtMs)
      return opened === "opened" ? undefined : opened
    }

    if (route.metering !== undefined) {
      const forwarded = await forwardMetered({
        route,
        request,
        path: decision.path,
        target,
        headers: outbound.headers,
        send,
        place,
        guard,
      })
      if ("reason" in forwarded) return refuse(forwarded, request, { path, rule })
      record(request, forwarded, path, rule, startedAtMs)
      return forwarded
    }

    const sent = await sendGuarded(guard, request, { target, headers: outbound.headers, send })
    if (sent.outcome === "stopped") return refuse(sent.denial, request, { path, rule })
    if (sent.outcome !== "answered") return refuse(describeUnsent(sent, egress, place), request, { path, rule })
    record(request, sent.response, path, rule, startedAtMs)
    return passOn(route, sent.response)
  }

  function record(
    request: Request,
    { status }: Pick<Response, "status">,
    path: string,
    rule: string,
    startedAtMs: number,
  ): void {
    const { host, port } = authority
    const durationMs = Math.round(performance.now() - startedAtMs)
    events.recordForwarded({ method: request.method, host, port, path, status, rule, durationMs })
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

function createInternalAnswer({ egress, meteredHosts, events, statusText }: AnswerOptions): Answer {
  function lookUp(name: string): Response {
    const found = findOpenPorts(name, { egress, meteredHosts })
    if (found.outcome === "open") return Response.json({ ports: found.ports })
    // A name the agent looked for in vain is a refusal like any other; the self-test's is our own question.
    if (found.reason !== "malformed-host" && name !== SELF_TEST_HOST)
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
      case "/status":
        return statusText().then(
          (text) => new Response(`${text}\n`, { headers: { "content-type": "text/plain; charset=utf-8" } }),
          // A ledger that is away for a moment costs the line, nothing else.
          () => new Response("", { status: 503 }),
        )
      default:
        return new Response("Ask for /allowlist or /status\n", { status: 404 })
    }
  }
}
