// A run's transcript: what its agent wrote on its terminal, or its stdout and stderr as they
// came, kept on the host side of the run's folder. For a run in the background also what the
// launcher said about it.
//
// Two files of at most 16 MiB: `output.log`, and `output.1.log` with what came before it. An agent that writes
// without end keeps its last 16 to 32 MiB. A disk that takes no more ends the transcript, never the run.

import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { runFolders, type Slug } from "@bot-bottle/contracts"
import { terminalSizeSchema } from "@bot-bottle/contracts/messages/session"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import type { TerminalSize } from "@bot-bottle/guest"

export const TRANSCRIPT_FILES = { current: "output.log", earlier: "output.1.log", size: "terminal.json" } as const

/** Of the terminal that the agent writes for. Its transcript cannot be read as text without it. */
export function noteTerminalSize(folder: string, size: TerminalSize): void {
  try {
    writeFileSync(join(folder, TRANSCRIPT_FILES.size), JSON.stringify(size), { mode: 0o600 })
  } catch {
    // A disk that takes no more ends no run.
  }
}

/** Undefined for an agent without a terminal. */
export function findTerminalSize(root: string, slug: Slug): TerminalSize | undefined {
  const path = join(runFolders(root, slug).transcript, TRANSCRIPT_FILES.size)
  const text = existsSync(path) ? readFileSync(path, "utf8") : ""
  const parsed = parseMessage(terminalSizeSchema, text, { maxLength: 1_000 })
  return parsed.outcome === "parsed" ? parsed.message : undefined
}

/** As `followLog` reads it. */
export function transcriptOf(root: string, slug: Slug): { readonly current: string; readonly earlier: string } {
  const { transcript } = runFolders(root, slug)
  return { current: join(transcript, TRANSCRIPT_FILES.current), earlier: join(transcript, TRANSCRIPT_FILES.earlier) }
}

export const TRANSCRIPT_FILE_MAX = 16 * 1024 * 1024

export interface Transcript {
  write(bytes: Uint8Array): void
  /** Why nothing more is kept; told once. */
  readonly problem: string | undefined
  close(): void
}

/** Continues an existing transcript. No file is made before something is written. */
export function openTranscript(folder: string, { fileMax = TRANSCRIPT_FILE_MAX } = {}): Transcript {
  const current = join(folder, TRANSCRIPT_FILES.current)
  let file: number | undefined
  let size = 0
  let problem: string | undefined
  let isClosed = false

  const open = (): number => {
    const opened = openSync(current, "a", 0o600)
    size = fstatSync(opened).size
    file = opened
    return opened
  }
  const rotate = (): number => {
    if (file !== undefined) closeSync(file)
    file = undefined
    renameSync(current, join(folder, TRANSCRIPT_FILES.earlier))
    return open()
  }
  const close = () => {
    isClosed = true
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  return {
    write(bytes) {
      if (isClosed) return
      try {
        let target = file ?? open()
        if (size > 0 && size + bytes.byteLength > fileMax) target = rotate()
        for (let from = 0; from < bytes.byteLength; ) from += writeSync(target, bytes, from)
        size += bytes.byteLength
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error)
        close()
      }
    },
    get problem() {
      return problem
    },
    close,
  }
}
