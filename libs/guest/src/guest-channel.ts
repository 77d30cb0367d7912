// The launcher's end of a bottle's pipes and control channel, once its process has been started.
//
// Owns the descriptors: everything opened for a bottle is closed when the bottle ends.

import { closeSync, fchownSync } from "node:fs"
import type { Socket } from "bun"
import { type ControlChannel, createControlChannel } from "./control-channel.ts"
import { CONTROL_CHANNEL_FD } from "./forwarder/control-messages.ts"
import { type HostPipe, openHostPipe } from "./host-pipe.ts"

export interface GuestChannel {
  readonly child: Bun.Subprocess
  readonly up: ControlChannel["up"]
  readonly selfTest: ControlChannel["selfTest"]
  readonly started: ControlChannel["started"]
  readonly execs: ControlChannel["execs"]
  order: ControlChannel["order"]
  readonly stdin: GuestInput
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Closes the control channel: the forwarder, and with it the bottle, ends. */
  cut(): void
}

export interface GuestInput {
  /** Resolves when the guest has room for more. */
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Descriptor number under which `extraFd` reaches the child. */
export const EXTRA_FD = CONTROL_CHANNEL_FD + 1

export interface GuestProcess {
  /** Starts with no environment at all. */
  readonly argv: readonly string[]
  /** Closed here. */
  readonly extraFd: number
  /** The guest's uid on the host: who may open /dev/stdout again. Absent: our own. */
  readonly owner?: number
}

export async function openGuestChannel({ argv, extraFd, owner }: GuestProcess): Promise<GuestChannel> {
  const [input, output, errors] = [openHostPipe(), openHostPipe(), openHostPipe()]
  if (owner !== undefined) for (const { readFd } of [input, output, errors]) fchownSync(readFd, owner, owner)
  const theirs = [input.readFd, output.writeFd, errors.writeFd, extraFd]
  let child: Bun.Subprocess
  try {
    child = Bun.spawn([...argv], {
      env: {},
      cwd: "/",
      stdio: [input.readFd, output.writeFd, errors.writeFd, "socket-fd", extraFd],
      // A process group of its own: what bubblewrap forked can be found when bubblewrap is gone.
      detached: true,
    })
  } catch (error) {
    for (const fd of [input.writeFd, output.readFd, errors.readFd]) closeSync(fd)
    throw error
  } finally {
    for (const fd of theirs) closeSync(fd)
  }
  const { controlChannel, cut } = await openControlChannel(child)
  void child.exited.then(controlChannel.end)
  return {
    child,
    up: controlChannel.up,
    selfTest: controlChannel.selfTest,
    started: controlChannel.started,
    execs: controlChannel.execs,
    order: controlChannel.order,
    stdin: guestInput(input),
    stdout: readToEnd(output),
    stderr: readToEnd(errors),
    cut,
  }
}

async function openControlChannel(
  child: Bun.Subprocess,
): Promise<{ readonly controlChannel: ControlChannel; cut(): void }> {
  const fd = child.stdio[CONTROL_CHANNEL_FD]
  if (typeof fd !== "number") throw new Error("The bottle's process has no control channel")
  const controlChannel = createControlChannel((bytes) => socket.write(bytes))
  const options: Bun.FdSocketOptions = {
    fd,
    socket: { data: (_socket, bytes) => controlChannel.read(bytes), drain: () => controlChannel.drain() },
  }
  // Bun takes `fd` here; its type declarations leave that overload out.
  const socket: Socket = await Bun.connect(options as unknown as Bun.UnixSocketOptions)
  return { controlChannel, cut: () => socket.terminate() }
}

function guestInput({ writeFd }: HostPipe): GuestInput {
  const sink = Bun.file(writeFd).writer()
  let open = true
  const close = async () => {
    if (!open) return
    open = false
    await unlessUnread(Promise.resolve(sink.end()))
    closeSync(writeFd)
  }
  return {
    async write(bytes) {
      if (!open) return
      const taken = await unlessUnread(Promise.all([sink.write(bytes), sink.flush()]))
      if (taken === "unread") await close()
    },
    close,
  }
}

/** A guest may stop reading. That is not a failure of the launcher. */
async function unlessUnread(writing: Promise<unknown>): Promise<"written" | "unread"> {
  try {
    await writing
    return "written"
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return "unread"
    throw error
  }
}

async function* chunksOf({ readFd }: HostPipe): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* Bun.file(readFd).stream()
  } finally {
    closeSync(readFd)
  }
}

function readToEnd(pipe: HostPipe): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = chunksOf(pipe)
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
