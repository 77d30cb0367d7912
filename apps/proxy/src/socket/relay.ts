// Joins the two ends of a socket: every message is passed on whole, in order, no faster than the
// far side takes it.
//
//   INV-8  Each message arrives as it was sent, text as text and bytes as bytes, in order. A side that does
//          not read pauses the other, so a slow reader costs a bounded amount of memory; how one side
//          ended, code and reason, is how the other ends.

import type { OutboundQueue } from "./outbound-queue.ts"
import { BROKEN, type SocketEnd, type SocketText } from "./socket-end.ts"

export interface RelayOptions {
  readonly agent: SocketEnd
  readonly upstream: SocketEnd
  readonly outbound: OutboundQueue
  /** The part of an upstream's message that goes to the agent. */
  readonly clean: (message: SocketText) => SocketText
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

export function joinSockets({ agent, upstream, outbound, clean, onInward, onEnd }: RelayOptions): Relay {
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
      if (isOver) return
      answered += 1
      if (upstream.ping(data)) return
      heldByPings = true
      agent.pause()
    },
    pong(data) {
      if (!isOver) upstream.pong(data)
    },
    closed(code, reason) {
      if (!over()) return
      onEnd("client")
      upstream.close(code, reason)
      outbound.end()
    },
  })
  upstream.listen({
    message(message) {
      if (isOver) return
      const kept = clean(message)
      if (!agent.send(kept)) upstream.pause()
      onInward?.(message)
    },
    drained() {
      outbound.drained()
      heldByPings = false
      goOn()
    },
    ping(data) {
      if (!isOver && !agent.ping(data)) upstream.pause()
    },
    pong(data) {
      if (answered > 0) answered -= 1
      else if (!isOver) agent.pong(data)
    },
    closed(code, reason) {
      if (!over()) return
      onEnd("upstream")
      agent.close(code, reason)
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
