// The clients that are attached to a run. An agent's terminal has one attachment, and a new client
// replaces the old one. Two terminals of different sizes cannot show one screen, and both would
// answer the agent's questions to its terminal. An agent without a terminal has any number of
// followers.

import type { OutputStream, SessionInput, TerminalSize } from "@bot-bottle/contracts"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "@bot-bottle/contracts/messages/session"
import type { Part, Peer, Refuse, SessionSocketOptions } from "./peer.ts"
import type { ScreenModel } from "./screen-model.ts"

export interface Attachments {
  add(peer: Peer, size: TerminalSize | undefined, refuse: Refuse): Part | undefined
  output(bytes: Uint8Array, stream: OutputStream): void
  isJoined(): boolean
  end(exitCode: number, lines: readonly string[]): void
}

interface Attachment extends Part {
  readonly peer: Peer
  output(bytes: Uint8Array, stream: OutputStream): void
}

/** Output that may wait for a slow reader. It misses what comes after that. */
const MAX_WAITING_BYTES = 1024 * 1024

export function createAttachments({ slug, bottle, screen }: SessionSocketOptions): Attachments {
  const attached = new Set<Attachment>()
  const keep = (attachment: Attachment): Attachment => {
    attached.add(attachment)
    return { ...attachment, gone: () => void attached.delete(attachment) }
  }
  const attachTerminal = (peer: Peer, size: TerminalSize, model: ScreenModel): Part => {
    for (const other of attached) {
      other.peer.send({ kind: "replaced" })
      other.peer.close()
    }
    attached.clear()
    peer.send({ kind: "joined", as: "terminal" })
    const resize = (to: TerminalSize) => {
      model.resize(to)
      bottle.resize(to)
    }
    const input = createInput(peer, (bytes) => bottle.input(bytes))
    const attachment = terminalAttachment(peer, model, (message) => {
      if (message.kind === "input") input(Buffer.from(message.data, "base64"))
      if (message.kind === "resize") resize(message.size)
    })
    resize(size)
    attachment.redraw({ withScrollback: true })
    return keep(attachment)
  }
  return {
    add(peer, size, refuse) {
      if (screen === undefined) {
        peer.send({ kind: "joined", as: "output" })
        return keep(outputAttachment(peer))
      }
      if (size === undefined)
        return refuse("attaching to an agent's terminal needs a terminal", `without one: bot-bottle logs -f ${slug}`)
      return attachTerminal(peer, size, screen)
    },
    output(bytes, stream) {
      for (const attachment of attached) attachment.output(bytes, stream)
    },
    isJoined: () => attached.size > 0,
    end(exitCode, lines) {
      for (const { peer } of attached) peer.send({ kind: "ended", exitCode, lines })
    },
  }
}

/** An agent that reads slowly holds its client up, not the launcher's memory. */
function createInput(peer: Peer, write: (bytes: Uint8Array) => Promise<void>): (bytes: Uint8Array) => void {
  let pendingBytes = 0
  return (bytes) => {
    pendingBytes += bytes.byteLength
    const written = write(bytes).finally(() => {
      pendingBytes -= bytes.byteLength
    })
    written.catch(() => {})
    if (pendingBytes > EXEC_WINDOW_BYTES) peer.holdUntil(written)
  }
}

/** After it fell behind, it gets the whole screen once it reads again. */
function terminalAttachment(
  peer: Peer,
  screen: ScreenModel,
  onMessage: (message: SessionInput) => void,
): Attachment & { redraw(options: { readonly withScrollback: boolean }): void } {
  // Output that arrives while the screen is being drawn follows the drawing.
  let held: Uint8Array[] | undefined
  let isBehind = false
  const redraw = async (options?: { readonly withScrollback: boolean }) => {
    if (held !== undefined) return
    isBehind = peer.waitingBytes > MAX_WAITING_BYTES
    if (isBehind) return
    held = []
    sendOutput(peer, Buffer.from(await screen.redraw(options)), "stdout")
    const later = held
    held = undefined
    for (const bytes of later) sendOutput(peer, bytes, "stdout")
  }
  return {
    peer,
    redraw: (options) => void redraw(options),
    onMessage(message) {
      if (message.kind === "redraw") void redraw()
      else onMessage(message)
    },
    output(bytes) {
      if (held !== undefined) held.push(bytes.slice())
      else if (isBehind) return
      else if (peer.waitingBytes > MAX_WAITING_BYTES) isBehind = true
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
  const sendSkipped = () => {
    if (skipped > 0) peer.send({ kind: "skipped", bytes: skipped })
    skipped = 0
  }
  return {
    peer,
    onMessage: () => {},
    output(bytes, stream) {
      if (peer.waitingBytes > MAX_WAITING_BYTES) {
        skipped += bytes.byteLength
        return
      }
      sendSkipped()
      sendOutput(peer, bytes, stream)
    },
    drained: sendSkipped,
    gone: () => {},
  }
}

function sendOutput(peer: Peer, bytes: Uint8Array, stream: OutputStream): void {
  for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES) {
    const piece = Buffer.from(bytes.subarray(from, from + EXEC_CHUNK_BYTES))
    peer.send({ kind: "output", stream, data: piece.toString("base64") })
  }
}
