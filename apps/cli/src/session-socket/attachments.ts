// Who has joined a run. In front of an agent's terminal there is one attachment, and whoever joins
// takes it: two terminals of different sizes cannot show one screen, and both would answer what
// the agent asks of its own. An agent without a terminal may be followed by any number.

import { EXEC_CHUNK_BYTES, type OutputStream, type TerminalSize } from "@bot-bottle/guest"
import type { ClientMessage } from "./messages.ts"
import type { Part, Peer, Refuse, SessionSocketOptions } from "./peer.ts"
import type { ScreenModel } from "./screen-model.ts"

export interface Attachments {
  take(peer: Peer, size: TerminalSize | undefined, refuse: Refuse): Part | undefined
  output(bytes: Uint8Array, stream: OutputStream): void
  isJoined(): boolean
  end(exitCode: number, lines: readonly string[]): void
}

interface Attachment extends Part {
  readonly peer: Peer
  output(bytes: Uint8Array, stream: OutputStream): void
}

/** What may wait for one that reads slowly; then it misses what comes. */
const WAITING_MAX = 1024 * 1024

export function createAttachments({ slug, bottle, agent, screen }: SessionSocketOptions): Attachments {
  const taken = new Set<Attachment>()
  const sit = (attachment: Attachment): Attachment => {
    taken.add(attachment)
    return { ...attachment, gone: () => void taken.delete(attachment) }
  }
  const takeTerminal = (peer: Peer, size: TerminalSize, model: ScreenModel): Part => {
    for (const other of taken) {
      other.peer.send({ kind: "replaced" })
      other.peer.close()
    }
    taken.clear()
    peer.send({ kind: "joined", as: "terminal" })
    const attachment = terminalAttachment(peer, model, (message) => {
      if (message.kind === "input") void bottle.input(Buffer.from(message.data, "base64"))
      if (message.kind === "resize") resize(message.size)
    })
    const resize = (to: TerminalSize) => {
      model.resize(to)
      bottle.resize(to)
    }
    resize(size)
    attachment.redraw({ withScrollback: true })
    return sit(attachment)
  }
  return {
    take(peer, size, refuse) {
      if (agent === "in-foreground-terminal")
        return refuse(
          `run '${slug}' is in the foreground of another terminal`,
          `to watch it: bot-bottle logs -f ${slug}`,
        )
      if (screen === undefined) {
        peer.send({ kind: "joined", as: "output" })
        return sit(outputAttachment(peer))
      }
      if (size === undefined)
        return refuse("joining an agent's terminal needs one", `without one: bot-bottle logs -f ${slug}`)
      return takeTerminal(peer, size, screen)
    },
    output(bytes, stream) {
      for (const attachment of taken) attachment.output(bytes, stream)
    },
    isJoined: () => taken.size > 0,
    end(exitCode, lines) {
      for (const { peer } of taken) peer.send({ kind: "ended", exitCode, lines })
    },
  }
}

/** One that falls behind gets the screen as it is, once it reads again. */
function terminalAttachment(
  peer: Peer,
  screen: ScreenModel,
  hear: (message: ClientMessage) => void,
): Attachment & { redraw(options: { readonly withScrollback: boolean }): void } {
  // What comes while the screen is being drawn comes after it.
  let held: Uint8Array[] | undefined
  let isBehind = false
  const redraw = async (options?: { readonly withScrollback: boolean }) => {
    if (held !== undefined) return
    held = []
    isBehind = false
    sendOutput(peer, Buffer.from(await screen.redraw(options)), "stdout")
    const later = held
    held = undefined
    for (const bytes of later) sendOutput(peer, bytes, "stdout")
  }
  return {
    peer,
    redraw: (options) => void redraw(options),
    hear(message) {
      if (message.kind === "redraw") void redraw()
      else hear(message)
    },
    output(bytes) {
      if (held !== undefined) held.push(bytes.slice())
      else if (isBehind) return
      else if (peer.waitingBytes > WAITING_MAX) isBehind = true
      else sendOutput(peer, bytes, "stdout")
    },
    drained() {
      if (isBehind) void redraw()
    },
    gone: () => {},
  }
}

function outputAttachment(peer: Peer): Attachment {
  let skipped = 0
  const tellSkipped = () => {
    if (skipped > 0) peer.send({ kind: "skipped", bytes: skipped })
    skipped = 0
  }
  return {
    peer,
    hear: () => {},
    output(bytes, stream) {
      if (peer.waitingBytes > WAITING_MAX) {
        skipped += bytes.byteLength
        return
      }
      tellSkipped()
      sendOutput(peer, bytes, stream)
    },
    drained: tellSkipped,
    gone: () => {},
  }
}

function sendOutput(peer: Peer, bytes: Uint8Array, stream: OutputStream): void {
  for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES) {
    const piece = Buffer.from(bytes.subarray(from, from + EXEC_CHUNK_BYTES))
    peer.send({ kind: "output", stream, data: piece.toString("base64") })
  }
}
