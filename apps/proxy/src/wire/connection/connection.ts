// One connection from the bottle, in its present layer. It is a client of the proxy, a tunnel
// that awaits its first bytes, an agent inside TLS, or a passthrough.
//
//   INV-51  A tunnel carries traffic for the name it was opened for and no other: before TLS
//           begins, the ClientHello's server name must be the authority's host.

import { type Authority, type Denial, type DenialReason, parseAuthority } from "@bot-bottle/contracts"
import { readClientHello } from "@bot-bottle/egress"
import type { EventLog } from "../../event-log.ts"
import type { LeafContexts } from "../../run-ca/leaf-contexts.ts"
import type { Admission, TunnelPolicy } from "../../tunnel-policy.ts"
import { Agent } from "../agent/agent.ts"
import type { AgentSocket } from "../agent/agent-transport.ts"
import { lastRefusal } from "../answer/refusal.ts"
import type { HeldBytes } from "../body/held-bytes.ts"
import type { Site } from "../passage.ts"
import { ProxySite, type ProxySiteOptions } from "../sites/proxy-site.ts"
import { findHelloProblem, isGranted, isLetter, wayOf } from "./hello-check.ts"
import { startTls } from "./near-tls.ts"
import { Passthrough } from "./passthrough.ts"
import { type Tunnel, TunnelRecord } from "./tunnel-record.ts"

export interface ConnectionOptions extends ProxySiteOptions {
  readonly tunnelPolicy: TunnelPolicy
  readonly leaves: LeafContexts
  readonly events: EventLog
  readonly cutDenial: () => Denial | undefined
  readonly reportFailure: (error: unknown) => void
  readonly heldBytes: HeldBytes
  /** How long a client may take over its first head, and again over its ClientHello. */
  readonly firstBytesMs: number
}

/** The bottle's socket, before TLS and inside it. */
export type NearSocket = Bun.Socket<Connection | undefined>

type Layer =
  | { readonly kind: "agent"; readonly agent: Agent; readonly site: Site }
  | { readonly kind: "hello" }
  | { readonly kind: "handshake" }
  | { readonly kind: "passthrough"; readonly relay: Passthrough }
  | { readonly kind: "over" }

const CLOSING_MS = 5_000
const ESTABLISHED = Buffer.from("HTTP/1.1 200 Connection established\r\n\r\n")
const NOTHING = Buffer.alloc(0)

export class Connection {
  readonly #options: ConnectionOptions
  readonly #onOver: (connection: Connection) => void
  #socket: NearSocket
  #layer: Layer
  #tunnel: Tunnel | undefined
  #held: Buffer = NOTHING
  #deadlineMs = Number.POSITIVE_INFINITY
  readonly #record: TunnelRecord

  constructor(socket: NearSocket, options: ConnectionOptions, onOver: (connection: Connection) => void) {
    this.#options = options
    this.#onOver = onOver
    this.#socket = socket
    this.#record = new TunnelRecord(options.events)
    this.#layer = this.#agentFor(new ProxySite(options, undefined))
  }

  #agentFor(site: Site): Layer {
    const { cutDenial, reportFailure, firstBytesMs, heldBytes } = this.#options
    const socket: AgentSocket = this.#socket
    const agent = new Agent({
      socket,
      site,
      cutDenial,
      reportFailure,
      heldBytes,
      firstHeadMs: firstBytesMs,
      onTunnel: (authority, rest) => this.#openTunnel(authority, rest),
    })
    return { kind: "agent", agent, site }
  }

  #openTunnel(authority: Authority, rest: Buffer): void {
    if (this.#tunnel !== undefined) {
      // CONNECT in a tunnel chains proxies; the site of the place refuses it before this.
      this.end()
      return
    }
    const admission = this.#options.tunnelPolicy.admit(authority)
    if (admission.outcome === "refuse") {
      this.#socket.write(lastRefusal(admission.denial))
      this.#finish()
      return
    }
    this.#tunnel = { authority, admission }
    this.#socket.write(ESTABLISHED)
    this.#deadlineMs = performance.now() + this.#options.firstBytesMs
    if (admission.outcome === "inspect" && admission.speaks === "http") this.#becomeAgent(admission.site("http"), rest)
    else {
      this.#layer = { kind: "hello" }
      if (rest.length > 0) this.#readHello(rest)
    }
  }

  #becomeAgent(site: Site, rest: Buffer): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY
    this.#record.answered()
    this.#layer = this.#agentFor(site)
    if (rest.length > 0) this.receive(rest)
  }

  /** Judged before TLS begins: what is not meant for this place is closed without a word of ours. */
  #readHello(bytes: Buffer): void {
    const { authority, admission } = this.#tunnel as Tunnel
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    if (admission.outcome === "inspect" && admission.speaks === "either" && isLetter(this.#held[0])) {
      this.#becomeAgent(admission.site("http"), this.#takeHeld())
      return
    }
    if (admission.outcome === "unnamed" && isLetter(this.#held[0])) {
      this.#becomeAgent(new ProxySite(this.#options, authority.port), this.#takeHeld())
      return
    }
    const hello = readClientHello(this.#held)
    if (hello.kind === "incomplete") return
    if (admission.outcome === "unnamed") {
      this.#name(hello.kind === "hello" ? hello.serverName : undefined, authority.port)
      return
    }
    const problem = findHelloProblem(hello, authority, admission)
    if (problem !== undefined) {
      this.#recordDenied(problem)
      this.#finish()
    } else if (admission.outcome === "passthrough") this.#passThrough(admission.findEndpoints)
    else this.#startTls(authority)
  }

  /** The client has said whom it wants: from here on it is as if it had asked for that by CONNECT. */
  #name(serverName: string | undefined, port: number): void {
    const named = serverName === undefined ? undefined : parseAuthority(`${serverName}:${port}`, port)
    const authority = named === undefined || named.kind === "malformed" ? undefined : named
    const admission = authority === undefined ? undefined : this.#options.tunnelPolicy.admit(authority)
    if (
      authority === undefined ||
      admission === undefined ||
      admission.outcome === "refuse" ||
      admission.outcome === "unnamed"
    ) {
      this.#recordDenied(serverName === undefined ? "foreign-protocol" : "malformed-host")
      this.#finish()
      return
    }
    this.#tunnel = { authority, admission }
    this.#readHello(NOTHING)
  }

  #takeHeld(): Buffer {
    const held = this.#held
    this.#held = NOTHING
    return held
  }

  #passThrough(findEndpoints: Extract<Admission, { outcome: "passthrough" }>["findEndpoints"]): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY
    const relay = new Passthrough({
      near: this.#socket as unknown as ConstructorParameters<typeof Passthrough>[0]["near"],
      first: this.#takeHeld(),
      findEndpoints,
      onRefused: (reason) => this.#recordDenied(reason),
    })
    this.#layer = { kind: "passthrough", relay }
  }

  #startTls(authority: Authority): void {
    this.#layer = { kind: "handshake" }
    this.#socket = startTls<Connection>(this.#socket, this, this.#options.leaves.of(authority), this.#takeHeld())
  }

  /** TLS has begun, or cannot. */
  handshaken(ok: boolean): void {
    const { admission } = this.#tunnel ?? {}
    if (!ok || admission?.outcome !== "inspect") {
      this.end()
      return
    }
    this.#becomeAgent(admission.site("https"), NOTHING)
  }

  receive(bytes: Buffer): void {
    const layer = this.#layer
    if (layer.kind === "agent") layer.agent.receive(bytes)
    else if (layer.kind === "hello") this.#readHello(bytes)
    else if (layer.kind === "passthrough") layer.relay.receive(bytes)
  }

  drain(): void {
    if (this.#layer.kind === "agent") this.#layer.agent.drain()
    else if (this.#layer.kind === "passthrough") this.#layer.relay.drain()
  }

  /** The client has said its last byte. */
  ended(): void {
    if (this.#layer.kind === "agent") this.#layer.agent.ended()
    else if (this.#layer.kind === "passthrough") this.#layer.relay.ended()
    else this.end()
  }

  closed(): void {
    if (this.#layer.kind === "agent") this.#layer.agent.closed()
    else if (this.#layer.kind === "passthrough") this.#layer.relay.closed()
    this.#record.over(this.#tunnel)
    this.#layer = { kind: "over" }
    this.#onOver(this)
  }

  /** Ends it, whatever it carries. */
  end(): void {
    if (this.#layer.kind === "agent") this.#layer.agent.end()
    else if (this.#layer.kind === "passthrough") this.#layer.relay.end()
    else if (this.#layer.kind !== "over") this.#finish()
  }

  /** Ends it once what it was asked is answered. */
  leave(): void {
    if (this.#layer.kind === "agent") this.#layer.agent.leave()
    else this.end()
  }

  /** Ends it unless it belongs to a host whose clients are answered even after a cut. */
  cut(): void {
    const admission = this.#tunnel?.admission
    const isProxyClient = this.#layer.kind === "agent" && admission === undefined
    const survives = isProxyClient || (admission?.outcome === "inspect" && admission.survivesCut)
    if (!survives) this.end()
    else if (this.#layer.kind === "agent") this.#layer.agent.cut()
  }

  /** Ends it when its place may not be reached any more, or only in another way. */
  recheck(): void {
    const tunnel = this.#tunnel
    if (tunnel === undefined || tunnel.admission.outcome === "unnamed") {
      this.#recheckRequest()
      return
    }
    const admission = this.#options.tunnelPolicy.admit(tunnel.authority)
    // Opened for refusals, and granted at run time: its requests are judged as those of any other.
    if (isGranted(tunnel.admission, admission)) this.#tunnel = { ...tunnel, admission }
    else if (wayOf(admission) !== wayOf(tunnel.admission)) this.end()
  }

  #recheckRequest(): void {
    if (this.#layer.kind !== "agent" || !this.#layer.agent.isInUse || !(this.#layer.site instanceof ProxySite)) return
    if (this.#layer.agent.isHeld) return
    const { authority } = this.#layer.site
    if (authority === undefined) return
    const admission = this.#options.tunnelPolicy.admit(authority)
    if (admission.outcome !== "inspect" || admission.denial !== undefined) this.end()
  }

  overdue(nowMs: number): void {
    if (this.#layer.kind === "agent") this.#layer.agent.overdue(nowMs)
    else if (nowMs > this.#deadlineMs) {
      if (this.#layer.kind === "hello") this.#recordDenied("foreign-protocol")
      this.#finish()
      this.#socket.terminate()
    }
  }

  #finish(): void {
    this.#record.over(this.#tunnel)
    this.#layer = { kind: "over" }
    this.#deadlineMs = performance.now() + CLOSING_MS
    this.#socket.end()
  }

  #recordDenied(reason: DenialReason): void {
    this.#record.denied(this.#tunnel, reason)
  }
}
