// Joins a bottle's pipes to what the launcher was asked to join them to.
//
// Relayed, never handed over (INV-72). One chunk is under way at a time in each direction, so
// a slow reader slows the agent and nothing piles up here.

import { isatty } from "node:tty"
import type { GuestChannel, GuestInput, OutputStream, TerminalSize } from "@bot-bottle/guest"
import type { BottleStdio, IdleInput, OutputSink, OutputTap } from "./backend.ts"
import { canReadStdin } from "./can-read-stdin.ts"

export interface JoinedStdio {
  /** Resolves when the agent's last byte has been passed on. */
  readonly drained: Promise<void>
  /** Stops reading the launcher's stdin; call once the bottle has ended. */
  close(): void
  readonly stdout?: ReadableStream<Uint8Array>
  readonly stderr?: ReadableStream<Uint8Array>
}

export type Output = (bytes: Uint8Array) => Promise<void>

export function joinStdio(stdio: BottleStdio, channel: GuestChannel): JoinedStdio {
  switch (stdio.kind) {
    case "pipe":
      void sendInput(channel.stdin, stdio.stdin)
      return { drained: Promise.resolve(), close: () => {}, stdout: channel.stdout, stderr: channel.stderr }
    case "inherit":
      return joinInherited(channel, stdio)
    case "relayed":
      return joinRelayed(channel, stdio)
  }
}

/** The size of the terminal that the agent is to get; undefined when it gets none. */
export function agentTerminalOf(stdio: BottleStdio): TerminalSize | undefined {
  switch (stdio.kind) {
    case "relayed":
      return stdio.terminal
    case "inherit":
    case "pipe":
      return undefined
  }
}

function joinRelayed(channel: GuestChannel, stdio: { terminal?: TerminalSize; onOutput: OutputSink }): JoinedStdio {
  if (stdio.terminal === undefined) void channel.stdin.close()
  const drained = Promise.all([
    relayOutput(channel.stdout, (bytes) => stdio.onOutput(bytes, "stdout"), undefined),
    relayOutput(channel.stderr, (bytes) => stdio.onOutput(bytes, "stderr"), undefined),
  ])
  return { drained: drained.then(() => {}), close: () => {} }
}

async function sendInput(input: GuestInput, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes !== undefined) await input.write(bytes)
  await input.close()
}

function joinInherited(
  channel: GuestChannel,
  { onInputFailed, onOutput, idleInput }: Extract<BottleStdio, { readonly kind: "inherit" }>,
): JoinedStdio {
  let reader: StdinReader | undefined
  try {
    // An operator typing at a headless run is typing to their shell, not to the agent.
    reader = !isatty(0) && canReadStdin() ? Bun.stdin.stream().getReader() : undefined
    relayInput(reader, channel.stdin, idleInput).catch(onInputFailed)
  } catch (error) {
    // A folder fails before it is read.
    onInputFailed(error)
  }
  const drained = Promise.all([
    relayOutput(channel.stdout, outputTo(Bun.stdout), tapOf(onOutput, "stdout")),
    relayOutput(channel.stderr, outputTo(Bun.stderr), tapOf(onOutput, "stderr")),
  ])
  return { drained: drained.then(() => {}), close: () => void reader?.cancel().catch(() => {}) }
}

function tapOf(onOutput: OutputTap | undefined, stream: OutputStream) {
  return onOutput === undefined ? undefined : (bytes: Uint8Array) => onOutput(bytes, stream)
}

type Chunk = { readonly done: boolean; readonly value?: Uint8Array | undefined }
type StdinReader = { read(): Promise<Chunk>; cancel(): Promise<void> }

async function relayInput(
  reader: StdinReader | undefined,
  input: GuestInput,
  idle: IdleInput | undefined,
): Promise<void> {
  let next = reader?.read()
  if (next !== undefined && idle !== undefined && (await isIdle(next, idle))) {
    await input.close()
    return reader?.cancel().catch(() => {})
  }
  for (; ; next = reader?.read()) {
    const chunk = await next
    if (chunk?.value === undefined || chunk.done) break
    await input.write(chunk.value)
  }
  await input.close()
}

/** An end counts as something: only what neither ends nor says anything is idle. */
async function isIdle(next: Promise<Chunk>, { timeoutMs, onClosed }: IdleInput): Promise<boolean> {
  const over = Promise.withResolvers<"over">()
  const timer = setTimeout(() => over.resolve("over"), timeoutMs)
  const first = await Promise.race([next, over.promise])
  clearTimeout(timer)
  if (first === "over") onClosed()
  return first === "over"
}

export async function relayOutput(
  source: ReadableStream<Uint8Array>,
  output: Output,
  onOutput: ((bytes: Uint8Array) => void) | undefined,
): Promise<void> {
  let reading = true
  for await (const bytes of source) {
    onOutput?.(bytes)
    if (!reading) continue
    try {
      await output(bytes)
    } catch {
      // The launcher's reader went away. The agent's output is still drained, so that it can end.
      reading = false
    }
  }
}

function outputTo(file: Bun.BunFile): Output {
  const sink = file.writer()
  return async (bytes) => {
    await Promise.all([sink.write(bytes), sink.flush()])
  }
}
