// One command beside the agent, for one connection: its bytes and its end are passed on, and it
// is ended when nobody is there for it any more.

import type { Bottle } from "@bot-bottle/bottle"
import { EXEC_WINDOW_BYTES, type GuestExec } from "@bot-bottle/guest"
import type { ClientMessage } from "./messages.ts"
import type { Part, Peer, Refuse } from "./peer.ts"

/** What a command that nobody waits for may still do. */
const LEAVE_MS = 1_000

export function serveExec(
  { slug, bottle }: { readonly slug: string; readonly bottle: Bottle },
  peer: Peer,
  { argv, env, terminal }: Extract<ClientMessage, { kind: "exec" }>,
  refuse: Refuse,
): Part | undefined {
  let isGone = false
  let isOver = false
  const exec: GuestExec | undefined = bottle.exec(
    { argv, env, ...(terminal === undefined ? {} : { terminal }) },
    {
      onOutput(stream, bytes) {
        if (isGone) exec?.took(bytes.byteLength)
        else peer.send({ kind: "output", stream, data: Buffer.from(bytes).toString("base64") })
      },
      onInputTaken: (bytes) => peer.send({ kind: "taken", bytes }),
      onExit(exitCode) {
        isOver = true
        peer.send({ kind: "exited", exitCode })
        peer.close()
      },
    },
  )
  if (exec === undefined)
    return refuse(`no command can be run in '${slug}' now: it has ended, or runs too many`, "see 'bot-bottle list'")
  return {
    hear(message) {
      switch (message.kind) {
        case "input": {
          const bytes = Buffer.from(message.data, "base64")
          if (bytes.byteLength === 0) exec.closeInput()
          else if (bytes.byteLength <= EXEC_WINDOW_BYTES) exec.input(bytes)
          return
        }
        case "took":
          return exec.took(message.bytes)
        case "resize":
          return exec.resize(message.size)
        case "signal":
          return exec.signal(message.signal)
        case "attach":
        case "exec":
        case "redraw":
          return
      }
    },
    gone() {
      isGone = true
      if (isOver) return
      // What it had sent and nobody passed on any more.
      exec.took(EXEC_WINDOW_BYTES)
      exec.signal("SIGHUP")
      setTimeout(() => {
        if (!isOver) exec.signal("SIGKILL")
      }, LEAVE_MS).unref()
    },
  }
}
