// One command beside the agent, for one connection: passes on its bytes and its exit code, and
// ends it when the client is gone.

import type { Bottle } from "@bot-bottle/bottle"
import type { SessionRequest } from "@bot-bottle/contracts"
import { EXEC_WINDOW_BYTES } from "@bot-bottle/contracts/messages/session"
import type { GuestExec } from "@bot-bottle/guest"
import type { Part, Peer, Refuse } from "./peer.ts"

/** Time for a command to end by itself after its client is gone. */
const ABANDONED_TIMEOUT_MS = 1_000

export function serveExec(
  { slug, bottle }: { readonly slug: string; readonly bottle: Bottle },
  peer: Peer,
  { argv, env, terminal }: Extract<SessionRequest, { kind: "exec" }>,
  refuse: Refuse,
): Part | undefined {
  let isGone = false
  let hasEnded = false
  let unreadBytes = 0
  const input = createInputWindow(peer)
  const exec: GuestExec | undefined = bottle.exec(
    { argv, env, ...(terminal === undefined ? {} : { terminal }) },
    {
      onOutput(stream, bytes) {
        if (isGone) return exec?.took(bytes.byteLength)
        unreadBytes += bytes.byteLength
        peer.send({ kind: "output", stream, data: Buffer.from(bytes).toString("base64") })
      },
      onInputTaken(bytes) {
        input.taken(bytes)
        peer.send({ kind: "taken", bytes })
      },
      onExit(exitCode) {
        hasEnded = true
        input.end()
        peer.send({ kind: "exited", exitCode })
        peer.close()
      },
    },
  )
  if (exec === undefined)
    return refuse(`no command can be run in '${slug}' now: it has ended, or runs too many`, "see 'bot-bottle list'")
  return {
    onMessage(message) {
      switch (message.kind) {
        case "input": {
          const bytes = Buffer.from(message.data, "base64")
          if (bytes.byteLength === 0) return exec.closeInput()
          exec.input(bytes)
          return input.sent(bytes.byteLength)
        }
        case "took":
          // More room than was used would let the command fill the launcher's memory.
          if (message.bytes > unreadBytes)
            return refuse("the client confirmed more output than the launcher had sent", "update bot-bottle")
          unreadBytes -= message.bytes
          return exec.took(message.bytes)
        case "resize":
          return exec.resize(message.size)
        case "signal":
          return exec.signal(message.signal)
        case "redraw":
          return
      }
    },
    gone() {
      isGone = true
      if (hasEnded) return
      // Nobody passes on the output that is in flight; without this the command would wait for room.
      exec.took(EXEC_WINDOW_BYTES)
      exec.signal("SIGHUP")
      setTimeout(() => {
        if (!hasEnded) exec.signal("SIGKILL")
      }, ABANDONED_TIMEOUT_MS).unref()
    },
  }
}

/** A client that sends more than the command takes is not read from until there is room. */
function createInputWindow(peer: Peer) {
  let inFlightBytes = 0
  let room: PromiseWithResolvers<void> | undefined
  const release = () => {
    room?.resolve()
    room = undefined
  }
  return {
    sent(bytes: number): void {
      inFlightBytes += bytes
      if (inFlightBytes < EXEC_WINDOW_BYTES || room !== undefined) return
      room = Promise.withResolvers()
      peer.holdUntil(room.promise)
    },
    taken(bytes: number): void {
      inFlightBytes -= bytes
      if (inFlightBytes < EXEC_WINDOW_BYTES) release()
    },
    end: release,
  }
}
