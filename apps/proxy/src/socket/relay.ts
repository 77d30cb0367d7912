// Joins the two ends of a socket: every message is passed on whole, in order, no faster than the
// far side takes it.
//
//   INV-8  Each message arrives as it was sent, text as text and bytes as bytes, in order. A side that does
//          not read pauses the other, so a slow reader costs a bounded amount of memory; how one side
//          ended, code and reason, is how the other ends.

import type { OutboundQueue } from "./outbound-queue.ts"
import { type MessageScrubber, scrubMessage } from "./scrub-message.ts"
import { BROKEN, type SocketEnd, type SocketText } from "./socket-end.ts"

export interface RelayOptions {
  readonly agent: SocketEnd
  readonly upstream: SocketEnd
  readonly outbound: OutboundQueue
  /** Of all that the upstream says. */
  readonly clean: MessageScrubber
  /** Whether the agent's ping, pong or close reason may leave. Ends the socket where it may not. */
  readonly mayLeave: (payload: Uint8Array) => boolean
  /** Told of every message of the upstream's once it is on its way to the agent. */
  readonly onInward?: (message: SocketText) => void
  /** Once, when the first of the two has ended. */
  readonly onEnd: (by: "client" | "upstream") => void
}

export interface Relay {
  /** `outbound` can take more of the agent's messages. */
  resume(): void
  /** Ends both now, the upstream without another word. False when they had ended. */
  end(code: number, reason: string): boolean
}

export function joinSockets(options: RelayOptions): Relay {
  const { agent, upstream, outbound, clean, mayLeave, onInward, onEnd } = options
  let isOver = false
  let heldByMessages = false
  let heldByPings = false
  /** Pings of the agent's that we passed on: each was answered here already. */
  let answered = 0

  function goOn(): void {
    if (!isOver && !heldByMessages && !heldByPings) agent.resume()
  }

  function over(): boolean {
    if (isOver) return false
    isOver = true
    return true
  }

  agent.listen({
    message(message) {
      if (isOver || outbound.take(message)) return
      heldByMessages = true
      agent.pause()
    },
    drained() {
      upstream.resume()
      outbound.agentDrained()
    },
    ping(data) {
      if (isOver || !mayLeave(data)) return
      answered += 1
      if (upstream.ping(data)) return
      heldByPings = true
      agent.pause()
    },
    pong(data) {
      if (!isOver && mayLeave(data)) upstream.pong(data)
    },
    closed(code, reason) {
      if (!over()) return
      onEnd("client")
      upstream.close(code, mayLeave(Buffer.from(reason)) ? reason : "")
      outbound.end()
    },
  })
  upstream.listen({
    message(message) {
      if (isOver) return
      if (!agent.send(scrubMessage(clean, message))) upstream.pause()
      onInward?.(message)
    },
    drained() {
      outbound.drained()
      heldByPings = false
      goOn()
    },
    ping(data) {
      if (!isOver && !agent.ping(clean.bytes(data))) upstream.pause()
    },
    pong(data) {
      if (answered > 0) answered -= 1
      else if (!isOver) agent.pong(clean.bytes(data))
    },
    closed(code, reason) {
      if (!over()) return
      onEnd("upstream")
      agent.close(code, clean.text(reason))
      outbound.end()
    },
  })

  return {
    resume() {
      heldByMessages = false
      goOn()
    },
    end(code, reason) {
      if (!over()) return false
      agent.close(code, reason)
      upstream.close(BROKEN, "")
      outbound.end()
      return true
    },
  }
}
