// The host process that stands for one container: it makes it, joins its pipes, and ends it.
//
// Started by the launcher like bubblewrap is, with the same pipes and the same control channel on fd 3, and
// with what to do on fd 4. A container is the engine's child, not ours, so nothing would end it with the
// launcher. This process outlives a killed launcher just long enough to do that.
//
//   INV-46  However the launcher ends, its container ends: the forwarder in it sees the control channel
//           close, and this process removes the container besides, whatever was done to the forwarder. One
//           whose keeper was killed as well is found by its labels.

import { chownSync, closeSync, rmSync } from "node:fs"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { KeeperTask } from "@bot-bottle/contracts/messages/keeper-task"
import { attach, CONTROL_CHANNEL_FD, closeLeg, createLegs, type Leg, relayHandlers } from "@bot-bottle/guest"
import { identifyProcess } from "@bot-bottle/kernel"
import type { Socket } from "bun"
import { openNamelessFile } from "../../guest-files/nameless-file.ts"
import { listContainers, removeContainers } from "./containers.ts"
import { runDocker } from "./engine.ts"
import { LABELS } from "./labels.ts"

/** In the docker command's own view: the profile's nameless file is its first extra descriptor. */
export const KEEPER_SECCOMP_FILE = "/dev/fd/3"

/** The exit code of the container. */
export async function keep(task: KeeperTask): Promise<number> {
  const self = identifyProcess(process.pid)
  if (self === undefined) throw new Error("This process is not in /proc")
  const launcherGone = Promise.withResolvers<"launcher-gone">()
  const controlChannel = await relayControlChannel(task, () => launcherGone.resolve("launcher-gone"))
  try {
    // Not abandoned when the launcher goes: the engine would still make it, and nobody know of it.
    const id = await create(task, self)
    if (id === undefined) return 125
    const container = Bun.spawn([task.engine.cli, "start", "--attach", "--interactive", id], {
      env: { ...task.engine.env },
      cwd: "/",
      stdio: ["inherit", "inherit", "inherit"],
    })
    const end = await Promise.race([container.exited, launcherGone.promise])
    // Only 0 says for sure that the engine saw it end.
    if (end !== 0) await removeContainers(task.engine, [id])
    return await container.exited
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    const left = await listContainers(task.engine, { process: self })
    await removeContainers(
      task.engine,
      left.map(({ id }) => id),
    )
    return 125
  } finally {
    controlChannel.close()
  }
}

async function create({ engine, create: args, seccompProfile }: KeeperTask, self: ProcessIdentity) {
  const [command = "", ...rest] = args
  const profile = openNamelessFile(seccompProfile)
  try {
    const labelled = [command, "--label", `${LABELS.process}=${self}`, ...rest]
    const { exitCode, stdout, problem } = await runDocker(engine, labelled, { extraFd: profile })
    if (exitCode === 0) return stdout
    process.stderr.write(`${problem}\n`)
    return undefined
  } finally {
    closeSync(profile)
  }
}

/** Joins the launcher's socket to the first connection from the container; there is no second. */
async function relayControlChannel({ controlChannelSocket, uid }: KeeperTask, onLauncherGone: () => void) {
  const { near, far } = createLegs()
  // The launcher is not told: it would hang up, and a container that is just ending be taken for one to be ended.
  const guestGone = (socket: Socket<Leg>) => {
    if (socket !== far.socket) return
    far.closed = true
    far.queue.clear()
    near.socket?.resume()
  }
  rmSync(controlChannelSocket, { force: true })
  const listener = Bun.listen<Leg>({
    unix: controlChannelSocket,
    allowHalfOpen: true,
    data: far,
    socket: {
      ...relayHandlers,
      end: guestGone,
      close: guestGone,
      error: guestGone,
      open(socket) {
        if (far.socket !== undefined) return void socket.terminate()
        socket.data = far
        attach(far, socket)
        close()
      },
    },
  })
  const close = () => {
    listener.stop()
    rmSync(controlChannelSocket, { force: true })
  }
  if (process.getuid?.() === 0) chownSync(controlChannelSocket, uid, uid)
  const gone = () => {
    closeLeg(near)
    onLauncherGone()
  }
  const options = {
    fd: CONTROL_CHANNEL_FD,
    data: near,
    allowHalfOpen: true,
    socket: { ...relayHandlers, end: gone, close: gone, error: gone },
  }
  // Bun takes `fd` here; its type declarations leave that overload out.
  attach(near, await Bun.connect<Leg>(options as unknown as Bun.UnixSocketOptions<Leg>))
  return { close }
}
