// The sockets a run leaves behind, and whether anybody still answers them.

import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"

export function listSockets(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, path))
      .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

export async function listAccepting(sockets: readonly string[]): Promise<readonly string[]> {
  const accepting = await Promise.all(sockets.map(async (path) => ((await accepts(path)) ? [path] : [])))
  return accepting.flat()
}

async function accepts(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } })
    socket.end()
    return true
  } catch {
    // Refused: nobody listens.
    return false
  }
}
