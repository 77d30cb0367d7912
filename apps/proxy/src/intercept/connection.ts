// One connection from the bottle: reads the head of its request, has it judged, and joins it
// to the inner server, or for a passthrough route to the upstream itself.
//
//   INV-51  A tunnel carries traffic for the name it was opened for and no other: before a
//           byte is relayed, the ClientHello's server name must be the authority's host.
//
// The states follow one another and never return: head, hello, opening, relaying, over.

import { type Authority, type Denial, type DenialReason, parseAuthority, parseHostname } from "@bot-bottle/contracts"
import { readClientHello, readRequestHead } from "@bot-bottle/egress"
import { tunnelRefusal } from "../denial-answer.ts"
import { createPipe, type Pipe } from "./pipe.ts"

export type Admission =
  /** `open` is called when the tunnel is really to be joined; `release` once afterwards. */
  | {
      readonly outcome: "inspect"
      readonly scheme: "https" | "http"
      readonly open: () => Far
      readonly survivesCut: boolean
    }
  | { readonly outcome: "passthrough"; readonly dial: () => Promise<Far | Denial> }
  | { readonly outcome: "deny"; readonly denial: Denial }

type Admitted = Exclude<Admission, { outcome: "deny" }>

/** The other end of a relay. */
export interface Far {
  readonly target: { readonly unix: string } | { readonly hostname: string; readonly port: number }
  readonly release: () => void
}

export interface TunnelPolicy {
  admit(authority: Authority, form: "connect" | "absolute"): Admission
  /** A refusal at the tunnel, for the log. */
  recordDenied(reason: DenialReason, authority: Authority | undefined): void
  describe(reason: DenialReason, authority: Authority | undefined): Denial
}

/** The bottle's socket; what hangs on it is the front's. */
type Near = Bun.Socket<Connection | undefined>

export interface Connection {
  receive(bytes: Uint8Array): void
  drain(): void
  /** The bottle's side is gone. */
  closed(): void
  /** Ends it when its place may not be reached any more, or only in another way. */
  recheck(): void
  /** Ends it unless it belongs to a host whose clients are answered even after a cut. */
  cut(): void
}

/** How long a client may take over its head, and again over its ClientHello. Their readers bound both at 16 KiB. */
const TIMEOUT_MS = 10_000
const ESTABLISHED = new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n")

type State =
  | { readonly name: "head" }
  | {
      readonly name: "hello"
      readonly authority: Authority
      readonly admission: Admitted
    }
  | { readonly name: "opening" }
  | { readonly name: "relaying"; readonly outward: Pipe; readonly inward: Pipe; readonly far: Bun.Socket<undefined> }
  | { readonly name: "over" }

export function createConnection(near: Near, tunnelPolicy: TunnelPolicy, timeoutMs = TIMEOUT_MS): Connection {
  let state: State = { name: "head" }
  let held: Uint8Array = new Uint8Array(0)
  let survivesCut = false
  let admitted:
    | { readonly authority: Authority; readonly form: "connect" | "absolute"; readonly way: string }
    | undefined
  let timer = setTimeout(giveUp, timeoutMs)

  function giveUp(): void {
    if (state.name === "hello") tunnelPolicy.recordDenied("foreign-protocol", state.authority)
    finish()
  }

  function finish(): void {
    clearTimeout(timer)
    if (state.name === "relaying") state.far.terminate()
    state = { name: "over" }
    near.end()
  }

  function refuse(denial: Denial, authority: Authority | undefined): void {
    tunnelPolicy.recordDenied(denial.reason, authority)
    near.write(tunnelRefusal(denial))
    finish()
  }

  function readHead(): void {
    const head = readRequestHead(held)
    if (head.kind === "incomplete") return
    const authority =
      head.kind === "malformed" ? head : parseAuthority(head.authority, head.kind === "connect" ? 443 : 80)
    if (head.kind === "malformed" || authority.kind === "malformed") {
      refuse(tunnelPolicy.describe("malformed-host", undefined), undefined)
      return
    }
    const admission = tunnelPolicy.admit(authority, head.kind)
    if (admission.outcome === "deny") {
      refuse(admission.denial, authority)
      return
    }
    survivesCut = admission.outcome === "inspect" && admission.survivesCut
    admitted = { authority, form: head.kind, way: wayOf(admission) }
    held = held.subarray(head.length)
    if (head.kind === "connect") establish(authority, admission)
    else {
      held = Buffer.concat([head.relayHead, held])
      void join(authority, admission)
    }
  }

  function establish(authority: Authority, admission: Admitted): void {
    near.write(ESTABLISHED)
    if (admission.outcome === "inspect" && admission.scheme === "http") {
      void join(authority, admission)
      return
    }
    clearTimeout(timer)
    timer = setTimeout(giveUp, timeoutMs)
    state = { name: "hello", authority, admission }
    if (held.length > 0) readHello(authority, admission)
  }

  function readHello(authority: Authority, admission: Admitted): void {
    const hello = readClientHello(held)
    if (hello.kind === "incomplete") return
    const problem = findHelloProblem(hello, authority, admission)
    if (problem === undefined) {
      void join(authority, admission)
      return
    }
    tunnelPolicy.recordDenied(problem, authority)
    finish()
  }

  async function join(authority: Authority, admission: Admitted): Promise<void> {
    state = { name: "opening" }
    near.pause()
    const far = admission.outcome === "inspect" ? admission.open() : await admission.dial()
    if ("reason" in far) {
      tunnelPolicy.recordDenied(far.reason, authority)
      finish()
      return
    }
    try {
      const socket = await Bun.connect<undefined>({
        ...far.target,
        socket: farHandlers(far),
      } as Bun.UnixSocketOptions<undefined>)
      if (isOver()) socket.terminate()
      else start(socket)
    } catch {
      far.release()
      if (!isOver() && admission.outcome === "passthrough") tunnelPolicy.recordDenied("upstream-unreachable", authority)
      finish()
    }
  }

  function start(far: Bun.Socket<undefined>): void {
    clearTimeout(timer)
    const outward = createPipe(near, far)
    state = { name: "relaying", far, outward, inward: createPipe(far, near) }
    outward.push(held)
    held = new Uint8Array(0)
    near.resume()
  }

  function farHandlers(far: Far): Bun.SocketHandler<undefined> {
    return {
      data: (_, bytes) => {
        if (state.name === "relaying") state.inward.push(bytes)
      },
      drain: () => {
        if (state.name === "relaying") state.outward.drain()
      },
      close: () => {
        far.release()
        if (state.name === "relaying") state.inward.end()
      },
      error: () => {
        // `close` follows.
      },
    }
  }

  function isOver(): boolean {
    return state.name === "over"
  }

  return {
    receive(bytes) {
      if (state.name === "over") return
      if (state.name === "relaying") {
        state.outward.push(bytes)
        return
      }
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      if (state.name === "head") readHead()
      else if (state.name === "hello") readHello(state.authority, state.admission)
    },
    drain() {
      if (state.name === "relaying") state.inward.drain()
    },
    closed: finish,
    recheck() {
      if (admitted === undefined || state.name === "over") return
      const { authority, form, way } = admitted
      const admission = tunnelPolicy.admit(authority, form)
      if (wayOf(admission) === way) return
      tunnelPolicy.recordDenied(admission.outcome === "deny" ? admission.denial.reason : "foreign-protocol", authority)
      finish()
    },
    cut() {
      if (!survivesCut) finish()
    },
  }
}

function wayOf(admission: Admission): string {
  return admission.outcome === "inspect" ? `inspect ${admission.scheme}` : admission.outcome
}

function findHelloProblem(
  hello: Exclude<ReturnType<typeof readClientHello>, { kind: "incomplete" }>,
  authority: Authority,
  admission: Admitted,
): DenialReason | undefined {
  if (hello.kind === "not-tls") return "foreign-protocol"
  // RFC 6066 has no server name for an address: a client of a listed literal sends none.
  if (hello.serverName === undefined) return authority.kind === "ip" ? undefined : "host-mismatch"
  // An encrypted inner hello could name another host, and what is passthrough cannot be looked into.
  if (hello.encryptedHello && admission.outcome === "passthrough") return "host-mismatch"
  const named = parseHostname(hello.serverName)
  return named.kind !== "malformed" && named.host === authority.host ? undefined : "host-mismatch"
}
