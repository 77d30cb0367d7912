// Judges every request for one place, and says how it leaves: what policy does not have to change
// leaves as it came.
//
// Wiring only: libs decide; here the Host is compared and the decision obeyed.
//
//   INV-51  Host must equal the tunnel's authority on every request, not only the first.

import type { CredentialedRoute, Denial, DenialReason, Slug } from "@bot-bottle/contracts"
import { prepareOutbound } from "@bot-bottle/egress"
import type { ProviderHost } from "@bot-bottle/model-apis"
import { type RequestHead, readRequestHead } from "@bot-bottle/wire"
import { describeHold } from "../../ask/describe-hold.ts"
import type { Asker } from "../../ask/supervision.ts"
import { type DlpDenial, describeDenial, describeMalformedRequest } from "../../describe-denial.ts"
import { describeUnlisted } from "../../describe-unlisted.ts"
import type { OutboundGuard } from "../../dlp/outbound-guard.ts"
import type { EgressSwitch } from "../../egress-switch.ts"
import type { EventLog } from "../../event-log.ts"
import type { LimitDesk } from "../../limits/limit-desk.ts"
import type { LoginDesk } from "../../logins/login-desk.ts"
import type { BillRequest } from "../../meter/bill-request.ts"
import type { MeteredHosts } from "../../metered-hosts.ts"
import { readHandshake } from "../../socket/handshake.ts"
import type { OpenSocket } from "../../socket/open-socket.ts"
import { ForwardedAnswer } from "../answer/forwarded-answer.ts"
import type { Reply } from "../answer/reply.ts"
import { outboundHead } from "../exchange/outbound-head.ts"
import type { AgentLink, HeldBody, OutboundBody, RefusalLog, Site, Verdict } from "../passage.ts"
import type { Place } from "../place.ts"
import { originForm } from "./origin-form.ts"
import { PlaceRecord } from "./place-record.ts"
import { headersOf, pathOf, withHost, withoutExpect } from "./request-lines.ts"
import { RouteGuards, type RouteGuardsOptions } from "./route-guards.ts"

export interface PlaceSiteOptions extends RouteGuardsOptions {
  /** In the command that a refusal names. */
  readonly slug: Slug
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly events: EventLog
  readonly billRequest: BillRequest
  readonly openSocket: OpenSocket
  readonly logins: LoginDesk
  readonly limits: LimitDesk
}

/** One request that policy allows. */
interface Allowed {
  readonly head: RequestHead
  readonly raw: Buffer
  readonly agent: AgentLink
  readonly route: CredentialedRoute
  readonly guard: OutboundGuard
  readonly log: RefusalLog
  /** Origin form, as sent. */
  readonly target: string
  /** In the form that rules compare. */
  readonly path: string
  readonly startedAtMs: number
  /** The head is not what came: something in it was masked. */
  readonly isMasked: boolean
}

const NO_HEADERS = {}

export class PlaceSite implements Site {
  readonly place: Place
  readonly #options: PlaceSiteOptions
  readonly #record: PlaceRecord
  readonly #guards: RouteGuards

  constructor(place: Place, options: PlaceSiteOptions) {
    this.place = place
    this.#options = options
    this.#guards = new RouteGuards(place, options)
    this.#record = new PlaceRecord(place, options.events, options)
  }

  /** The provider whose clients are answered in its own shape, also while its routes are cut. */
  get metered(): ProviderHost | undefined {
    return this.#options.meteredHosts.find(this.place.authority, this.place.scheme)
  }

  judge(head: RequestHead, raw: Buffer, agent: AgentLink): Verdict | Promise<Verdict> {
    return this.#judge(head, raw, agent, this.#options.asker)
  }

  #judge(head: RequestHead, raw: Buffer, agent: AgentLink, asker: Asker | undefined): Verdict | Promise<Verdict> {
    const { egress } = this.#options
    const { place } = this
    const { method } = head
    if (!place.isNamed(head.host)) return this.#deny("host-mismatch", { method })
    const target = head.target === "*" && method === "OPTIONS" ? head.target : originForm(head.target, place)
    if (target === undefined) return this.#deny("host-mismatch", { method })

    const path = pathOf(target)
    const cut = egress.cutState
    if (cut !== undefined)
      return { kind: "refuse", denial: this.metered === undefined ? cut.others : cut.metered, log: { method, path } }
    const decision = egress.routes.decideRequest(place.authority, place.scheme, {
      method,
      path: path === "*" ? "/" : path,
      // To make a record of them costs as much as judging the rest.
      headers: egress.readsHeaders ? headersOf(head) : NO_HEADERS,
    })
    if (decision.outcome === "deny") {
      const { reason, rule } = decision
      const log = { method, path, ...(rule !== undefined && { rule }) }
      const held = asker?.askForHost({ authority: place.authority, scheme: place.scheme, method, path }, agent)
      if (held === undefined) return { kind: "refuse", denial: this.#describeRefused(reason), log }
      return held.then((end) => {
        // Asked once: an answer that does not cover the request is not asked for again.
        if (end.outcome === "approved") return this.#judge(head, raw, agent, undefined)
        return { kind: "refuse", denial: describeHold(end, place.name, reason, egress.cutState?.others), log }
      })
    }
    if (head.expect !== undefined && head.expect !== "100-continue")
      return this.#deny("foreign-protocol", { method, path })

    const { route, rule } = decision
    const log = { method, path, rule }
    const startedAtMs = performance.now()
    const allow = (guard: OutboundGuard): Verdict | Promise<Verdict> =>
      this.#allow({
        head,
        raw,
        agent,
        route,
        guard,
        log,
        target,
        path: decision.path,
        startedAtMs,
        isMasked: false,
      })
    const guard = this.#guards.of(route, rule)
    return guard instanceof Promise ? guard.then(allow) : allow(guard)
  }

  #allow(allowed: Allowed): Verdict | Promise<Verdict> {
    const { route } = allowed
    if (route.ownAnswer !== undefined)
      return this.#options.logins.answer(route).then((reply) => ({ kind: "reply", reply }))
    const passed = allowed.guard.passHead(allowed.target, allowed.raw, allowed.agent)
    return passed instanceof Promise
      ? passed.then((kept) => this.#sendPassed(allowed, kept))
      : this.#sendPassed(allowed, passed)
  }

  #sendPassed(allowed: Allowed, passed: Buffer | DlpDenial): Verdict {
    const { raw, log } = allowed
    // The path itself may be what was found: it is not for the log.
    if (!Buffer.isBuffer(passed))
      return refuseFound(passed, { method: log.method, ...(log.rule !== undefined && { rule: log.rule }) })
    if (passed === raw) return this.#send(allowed)
    const masked = readRequestHead(passed, 0, passed.length - 2)
    if (masked.kind === "refused") return this.#deny("foreign-protocol", log)
    return this.#send({ ...allowed, head: masked, raw: passed, isMasked: true })
  }

  #send(allowed: Allowed): Verdict {
    const { head, route, log, target, path, guard } = allowed
    const question = target.indexOf("?")
    const search = question === -1 ? "" : target.slice(question)
    const named = head.host === this.place.name ? head : withHost(head, this.place.name)
    const prepared = prepareOutbound(route, named, search)
    const leaving = prepared.search === search ? target : `${target.slice(0, question)}${prepared.search}`
    const lines = prepared.lines ?? named.lines

    const handshake = readHandshake(head)
    if (handshake === "malformed") return this.#deny("foreign-protocol", log)
    const mayUpgrade = handshake !== undefined
    if (mayUpgrade && !(guard.isOpen && route.secret === undefined && route.metering === undefined))
      return this.#openSocket(allowed, leaving, lines, handshake)

    const forward = (): Verdict =>
      this.#forward(
        allowed,
        outboundHead(head, leaving, named === head ? prepared.lines : lines, mayUpgrade),
        mayUpgrade,
      )
    if (route.metering === undefined) return forward()
    const recordAnswer = this.#record.answerRecorder(route, log, allowed.startedAtMs)
    const { place } = this
    return this.#options.billRequest({
      route,
      place,
      head,
      path,
      target: leaving,
      lines,
      guard,
      log,
      forwardFree: forward,
      recordAnswer,
    })
  }

  /** `text`: the head as it leaves; undefined where it may leave as it came. */
  #forward(allowed: Allowed, text: string | undefined, mayUpgrade: boolean): Verdict {
    const { head, guard, log, raw, isMasked } = allowed
    const body = guard.guardBody(head, allowed.agent)
    if ("reason" in body) return refuseFound(body, log)
    const leaving = text ?? (body.kind === "none" && !isMasked ? undefined : raw.toString("latin1"))
    switch (body.kind) {
      case "none":
        return this.#outbound(allowed, leaving, { kind: "as-it-came" }, mayUpgrade)
      case "pieces":
        return this.#outbound(allowed, leaving, { kind: "filtered", filter: body.filter }, mayUpgrade)
      case "whole":
        return {
          kind: "hold",
          maxBytes: body.maxBytes,
          judgeWhole: (held) => this.#judgeWhole(allowed, leaving ?? "", held),
          log,
        }
    }
  }

  async #judgeWhole(allowed: Allowed, head: string, { bytes, outcome }: HeldBody): Promise<Verdict> {
    if (outcome === "too-large") return this.#deny("body-too-large", allowed.log)
    const found = await allowed.guard.passWhole(bytes, allowed.agent)
    if (found !== undefined) return refuseFound(found, allowed.log)
    return this.#outbound(allowed, withoutExpect(head), { kind: "held", bytes }, false)
  }

  #outbound(
    { head, route, log, startedAtMs }: Allowed,
    text: string | undefined,
    body: OutboundBody,
    mayUpgrade: boolean,
  ): Verdict {
    const { place } = this
    const { egress } = this.#options
    const watcher = new ForwardedAnswer({
      place: place.name,
      secret: route.secret,
      egress,
      record: this.#record.answerRecorder(route, log, startedAtMs),
    })
    const { method } = head
    return {
      kind: "forward",
      log,
      outbound: { place, method, head: text, body, mayUpgrade, isBilled: false, staysOnHost: false, watcher },
    }
  }

  #openSocket(
    { route, head, path, log, guard, startedAtMs }: Allowed,
    target: string,
    lines: readonly string[],
    handshake: Exclude<ReturnType<typeof readHandshake>, "malformed" | undefined>,
  ): Verdict {
    const { place } = this
    const recordDenied = (denial: Denial): void => void this.refuse(denial, log, undefined)
    const recordAnswer = this.#record.answerRecorder(route, log, startedAtMs)
    return {
      kind: "take-over",
      log,
      open: (takeover) =>
        void this.#options.openSocket({
          route,
          head,
          handshake,
          path,
          target,
          lines,
          place,
          guard,
          recordDenied,
          recordAnswer,
          takeover,
        }),
    }
  }

  /** An agent that may ask for the place is told how. */
  #describeRefused(reason: DenialReason): Denial {
    const { authority, scheme } = this.place
    const denial = describeUnlisted(reason, { slug: this.#options.slug, authority, scheme })
    return this.#options.asker?.withWayToAsk(denial, this.place.host) ?? denial
  }

  #deny(reason: Parameters<typeof describeDenial>[0], log: RefusalLog): Verdict {
    return { kind: "refuse", denial: describeDenial(reason, this.place.name), log }
  }

  describeMalformed(detail: string): Denial {
    return describeMalformedRequest(this.place.name, detail)
  }

  refuse(denial: Denial, log: RefusalLog, status: number | undefined): Reply {
    return this.#record.refuse(denial, log, status, this.metered)
  }
}

function refuseFound(denial: DlpDenial, log: RefusalLog): Verdict {
  return { kind: "refuse", denial, log }
}
