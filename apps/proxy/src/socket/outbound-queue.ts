// The agent's messages on their way to the upstream: judged one after the other, in order, held
// back while either side is behind.

import type { SocketEnd, SocketText } from "./socket-end.ts"

export interface OutboundQueue {
  /** Takes the message all the same when it returns false, but then no more should come until `resume`. */
  take(message: SocketText): boolean
  /** Messages that were taken and are not through. */
  readonly waiting: number
  /** The upstream can take more. */
  drained(): void
  /** The agent can. */
  agentDrained(): void
  /** Nothing more is passed on, in either direction. */
  end(): void
}

export interface OutboundQueueOptions {
  readonly agent: Pick<SocketEnd, "send">
  readonly upstream: Pick<SocketEnd, "send">
  /** Says what becomes of one message, by `forward`, `tell` or neither. The next waits for it. */
  readonly pass: (message: SocketText, controls: QueueControls) => void | Promise<void>
  /** Lets the agent continue after `take` returned false. */
  readonly resume: () => void
  /** `pass` threw: the socket must end. */
  readonly fail: (error: unknown) => void
}

export interface QueueControls {
  /** To the upstream. */
  forward(message: SocketText): void
  /** To the agent. */
  tell(message: SocketText): void
}

/** Of messages that wait; the agent waits once there are more. */
const MAX_WAITING_BYTES = 1024 * 1024

export function createOutboundQueue({ agent, upstream, pass, resume, fail }: OutboundQueueOptions): OutboundQueue {
  const waiting: SocketText[] = []
  let waitingBytes = 0
  let isPassing = false
  let isHeld = false
  let isOver = false
  /** Present while that side is behind. */
  let upstreamRoom: PromiseWithResolvers<void> | undefined
  let agentRoom: PromiseWithResolvers<void> | undefined

  const controls: QueueControls = {
    forward(message) {
      if (!isOver && !upstream.send(message)) upstreamRoom ??= Promise.withResolvers()
    },
    tell(message) {
      if (!isOver && !agent.send(message)) agentRoom ??= Promise.withResolvers()
    },
  }

  async function passWaiting(): Promise<void> {
    isPassing = true
    try {
      for (let message = waiting[0]; message !== undefined && !isOver; message = waiting[0]) {
        await pass(message, controls)
        await upstreamRoom?.promise
        await agentRoom?.promise
        waiting.shift()
        waitingBytes -= message.length
        letGo()
      }
    } catch (error) {
      fail(error)
    } finally {
      isPassing = false
      letGo()
    }
  }

  function letGo(): void {
    if (!isHeld || isOver || waitingBytes > MAX_WAITING_BYTES) return
    isHeld = false
    resume()
  }

  return {
    take(message) {
      if (isOver) return true
      waiting.push(message)
      waitingBytes += message.length
      if (!isPassing) void passWaiting()
      isHeld = waitingBytes > MAX_WAITING_BYTES || upstreamRoom !== undefined
      return !isHeld
    },
    get waiting() {
      return waiting.length
    },
    drained() {
      upstreamRoom?.resolve()
      upstreamRoom = undefined
    },
    agentDrained() {
      agentRoom?.resolve()
      agentRoom = undefined
    },
    end() {
      isOver = true
      upstreamRoom?.resolve()
      agentRoom?.resolve()
    },
  }
}
