// The session socket of a run: its launcher on one side, the operator's commands on the other.
// One JSON line per message, bytes in base64.
//
// The two may be different builds. Each side's first message names the protocol version.

import * as v from "valibot"
import { AGENT_SIGNALS, MAX_TERMINAL_SIZE } from "../terminal.ts"
import { base64, boundedText, count, environment, listOf, programArgv, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

export const SESSION_PROTOCOL = 1
export const SESSION_SOCKET = "session.sock"
/** A command line may be long. */
export const MAX_SESSION_MESSAGE = 4 * 1024 * 1024

/** Bytes of one command, in one direction, that may be in flight. */
export const EXEC_WINDOW_BYTES = 256 * 1024
export const EXEC_CHUNK_BYTES = 32 * 1024

export const terminalSizeSchema = v.object({
  columns: wholeNumber(1, MAX_TERMINAL_SIZE.columns),
  rows: wholeNumber(1, MAX_TERMINAL_SIZE.rows),
})

/** The first message of a client: what the connection is for. */
export const sessionRequestSchema = v.variant("kind", [
  v.object({ kind: v.literal("attach"), protocol: count(), terminal: v.exactOptional(terminalSizeSchema) }),
  v.object({
    kind: v.literal("exec"),
    protocol: count(),
    argv: programArgv(),
    env: environment(),
    terminal: v.exactOptional(terminalSizeSchema),
  }),
])

/** Every later message of a client. */
export const sessionInputSchema = v.variant("kind", [
  /** Empty data closes a command's stdin. */
  v.object({ kind: v.literal("input"), data: base64(EXEC_WINDOW_BYTES) }),
  /** The client has passed on this many bytes of a command's output. */
  v.object({ kind: v.literal("took"), bytes: wholeNumber(0, EXEC_WINDOW_BYTES) }),
  v.object({ kind: v.literal("resize"), size: terminalSizeSchema }),
  v.object({ kind: v.literal("redraw") }),
  v.object({ kind: v.literal("signal"), signal: v.picklist(AGENT_SIGNALS) }),
])

/** The first message of a launcher. */
export const sessionHelloSchema = v.object({ kind: v.literal("hello"), protocol: count() })

/** Every later message of a launcher. */
export const sessionOutputSchema = v.variant("kind", [
  v.object({ kind: v.literal("refused"), message: boundedText(4_096), hint: boundedText(4_096) }),
  v.object({ kind: v.literal("joined"), as: v.picklist(["terminal", "output"]) }),
  v.object({ kind: v.literal("output"), stream: v.picklist(["stdout", "stderr"]), data: base64(EXEC_CHUNK_BYTES) }),
  /** The command has taken this many bytes of its input. */
  v.object({ kind: v.literal("taken"), bytes: wholeNumber(0, EXEC_WINDOW_BYTES) }),
  /** The client read too slowly and missed this many bytes of output. */
  v.object({ kind: v.literal("skipped"), bytes: count() }),
  /** Another terminal has attached. */
  v.object({ kind: v.literal("replaced") }),
  /** The run has ended; `lines` say how, and how to resume it. */
  v.object({
    kind: v.literal("ended"),
    exitCode: wholeNumber(0, 255),
    lines: listOf(boundedText(4_096), 100),
  }),
  /** The command has ended. */
  v.object({ kind: v.literal("exited"), exitCode: wholeNumber(0, 255) }),
])

export type SessionRequest = MessageOf<typeof sessionRequestSchema>
export type SessionInput = MessageOf<typeof sessionInputSchema>
export type SessionHello = MessageOf<typeof sessionHelloSchema>
export type SessionOutput = MessageOf<typeof sessionOutputSchema>
