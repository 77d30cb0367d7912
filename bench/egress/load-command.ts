// The command that puts one kind of work on one way to the upstream, in a process of its own.

import { join } from "node:path"
import { connectRequest, get, hostOf, type Way } from "./client.ts"

/** The same events as "sse-200-busy", read by a client that runs in Node, as most agents do. */
export const NODE_WORK = "sse-200-node"
const EVERY_MS = 25
const CLIENT = join(import.meta.dir, "node-client.ts")

/** Node reads no TypeScript everywhere: its client is a bundle in this folder. */
export async function buildNodeClient(folder: string): Promise<void> {
  await Bun.build({ entrypoints: [CLIENT], target: "node", outdir: folder })
}

export function loadCommand(work: string, seconds: number, way: Way, folder: string): string[] {
  if (work !== NODE_WORK)
    return [process.execPath, join(import.meta.dir, "load.ts"), work, String(seconds), JSON.stringify(way)]
  const { proxy } = way
  const place = proxy === undefined ? way.upstreamPort : "unix" in proxy ? proxy.unix : proxy.port
  const opening = proxy === undefined ? "" : connectRequest(way)
  const count = Math.ceil((seconds * 1000) / EVERY_MS)
  const request = get(hostOf(way), `/events?count=${count}&everyMs=${EVERY_MS}`)
  const client = ["node", join(folder, "node-client.js")]
  return [...client, String(place), opening, way.host, way.ca.join(""), request, String(count)]
}
