// Three hosts as network namespaces behind one bridge, with the database on the bridge's own side.
// All of it lives in a namespace of the campaign's own and goes with it.

import { readlinkSync } from "node:fs"

export const DATABASE_ADDRESS = "198.18.0.1"

export interface HostNetwork extends Disposable {
  /** Runs a command in this host's network. */
  enter(argv: readonly string[]): readonly string[]
  isMember(pid: number): boolean
  /** Cuts the host off from everything but itself, or joins it again. */
  setLink(isUp: boolean): void
}

export function openBridge(): void {
  must("ip", "link", "set", "lo", "up")
  must("ip", "link", "add", "bridge", "type", "bridge")
  must("ip", "addr", "add", `${DATABASE_ADDRESS}/24`, "dev", "bridge")
  must("ip", "link", "set", "bridge", "up")
}

export function openHostNetwork(number: number): HostNetwork {
  // It holds the namespace: this shell lives as long as its stdin.
  const holder = Bun.spawn(["unshare", "--net", "cat"], { stdin: "pipe", stdout: "ignore" })
  const pid = String(holder.pid)
  while (namespaceOf(pid) === namespaceOf("self")) Bun.sleepSync(5)
  const [near, far] = [`near${number}`, `far${number}`]
  must("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", pid)
  must("ip", "link", "set", near, "master", "bridge", "up")
  const enter = (argv: readonly string[]) => ["nsenter", "--net", "--target", pid, ...argv]
  must(...enter(["ip", "link", "set", "lo", "up"]))
  must(...enter(["ip", "addr", "add", `198.18.0.${number + 10}/24`, "dev", far]))
  must(...enter(["ip", "link", "set", far, "up"]))
  return {
    enter,
    isMember: (other) => namespaceOf(other) === namespaceOf(pid),
    setLink: (isUp) => must("ip", "link", "set", near, isUp ? "up" : "down"),
    [Symbol.dispose]: () => void holder.stdin.end(),
  }
}

function namespaceOf(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    // It has ended.
    return "none"
  }
}

export function must(...argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" })
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString().trim()}`)
}
