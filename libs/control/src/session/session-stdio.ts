// The other end of a session's agent: the launcher's own stdio, or, in the background, the
// clients that attach. In every case the transcript keeps the agent's output, and the session
// socket serves the operator's other commands.

import { join } from "node:path"
import type { Bottle, BottleStdio, IdleInput, OutputSink } from "@bot-bottle/bottle"
import type { RunFolders } from "@bot-bottle/contracts"
import { SESSION_SOCKET } from "@bot-bottle/contracts/messages/session"
import type { TerminalSize } from "@bot-bottle/guest"
import type { ScreenModel } from "./screen-model.ts"
import { openSessionSocket, type SessionSocket } from "./serve-session.ts"
import { noteTerminalSize, openTranscript, type Transcript } from "./transcript.ts"

export type SessionMode =
  | { readonly kind: "inherit" }
  /** The caller takes the output, and slows the agent down by taking its time. Its stdin is empty. */
  | { readonly kind: "piped"; readonly onOutput: OutputSink }
  /** With a terminal when the agent is used by hand. */
  | { readonly kind: "background"; readonly terminal?: TerminalSize }

export interface SessionStdio {
  stdio(folders: RunFolders): BottleStdio
  /** Resolves with the error when the launcher's own stdin, which the agent gets, cannot be read any more. */
  readonly inputFailed: Promise<unknown>
  /** Lets other commands in. */
  open(started: { readonly slug: string; readonly folders: RunFolders; readonly bottle: Bottle }): void
  /** Kept with the agent's output: for a launcher that nobody listens to. */
  note(line: string): void
  end(exitCode: number, lines: readonly string[]): Promise<void>
}

const LINE_FEED = 0x0a
/** Answers that the agent may have left unread. */
const UNREAD_ANSWERS_MAX = 1_000

/** `idleInput` counts for an inherited stdin only. */
export async function createSessionStdio(mode: SessionMode, idleInput?: IdleInput): Promise<SessionStdio> {
  const terminal = mode.kind === "background" ? mode.terminal : undefined
  const bottle = Promise.withResolvers<Bottle>()
  const inputFailed = Promise.withResolvers<unknown>()
  let transcript: Transcript | undefined
  let socket: SessionSocket | undefined
  let sizeFolder: string | undefined
  const screen =
    terminal === undefined
      ? undefined
      : notingSize(await loadScreen(terminal, answer), (size) => {
          if (sizeFolder !== undefined) noteTerminalSize(sizeFolder, size)
        })

  let unreadAnswers = 0
  async function answer(text: string): Promise<void> {
    // A terminal that has joined answers for itself; an agent that only asks is not waited for.
    if (socket?.isJoined() === true || unreadAnswers >= UNREAD_ANSWERS_MAX) return
    unreadAnswers += 1
    const { input } = await bottle.promise
    // An agent that has gone needs no answer.
    await input(Buffer.from(text)).catch(() => {})
    unreadAnswers -= 1
  }
  const newLine = terminal === undefined ? "\n" : "\r\n"
  let isAtLineStart = true
  const keep = (bytes: Uint8Array, stream: "stdout" | "stderr") => {
    isAtLineStart = bytes.at(-1) === LINE_FEED
    transcript?.write(bytes)
    socket?.output(bytes, stream)
  }
  return {
    stdio(folders) {
      transcript = openTranscript(folders.transcript)
      sizeFolder = folders.transcript
      if (terminal !== undefined) noteTerminalSize(sizeFolder, terminal)
      if (mode.kind === "inherit") {
        const idle = idleInput === undefined ? {} : { idleInput }
        return { kind: mode.kind, onInputFailed: inputFailed.resolve, onOutput: keep, ...idle }
      }
      if (mode.kind === "piped") {
        return {
          kind: "relayed",
          onOutput: async (bytes, stream) => {
            keep(bytes, stream)
            await mode.onOutput(bytes, stream)
          },
        }
      }
      return {
        kind: "relayed",
        ...(terminal === undefined ? {} : { terminal }),
        onOutput: async (bytes, stream) => {
          keep(bytes, stream)
          await screen?.write(bytes)
        },
      }
    },
    inputFailed: inputFailed.promise,
    open(started) {
      const path = join(started.folders.state, SESSION_SOCKET)
      socket = openSessionSocket({ path, slug: started.slug, bottle: started.bottle, ...(screen && { screen }) })
      bottle.resolve(started.bottle)
    },
    note(line) {
      transcript?.write(Buffer.from(`${isAtLineStart ? "" : newLine}bot-bottle: ${line}${newLine}`))
      isAtLineStart = true
    },
    async end(exitCode, lines) {
      await socket?.end(exitCode, lines)
      transcript?.close()
    },
  }
}

function notingSize(screen: ScreenModel, note: (size: TerminalSize) => void): ScreenModel {
  return {
    ...screen,
    resize(size) {
      screen.resize(size)
      note(size)
    },
  }
}

/** Loaded when it is needed only: it takes longer than the rest of a start's code. */
async function loadScreen(size: TerminalSize, answer: (text: string) => Promise<void>): Promise<ScreenModel> {
  const { createScreenModel } = await import("./screen-model.ts")
  return createScreenModel(size, (text) => void answer(text))
}
