// Lets the bottle listen on ports below 1024 of its own loopback: a name server and a web
// server are looked for there and nowhere else.
//
// bubblewrap has no option for it. The one setting is written from outside, in the bottle's
// network namespace and the user namespace that owns it, which no process of the bottle is in.
// Nothing is gained towards the host: the port numbers are those of a loopback nobody else has.

import { closeSync, fstatSync, openSync, statSync } from "node:fs"
import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import { findTool, installLine, isProcessAlive, libc, pidOf } from "@bot-bottle/kernel"
import { bottleEnded } from "./early-end.ts"

/** ioctl(2) on a namespace: a descriptor of the user namespace that owns it. */
const NS_GET_USERNS = 0xb701
const SETTING = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
const FIRST_FREE_PORT = new TextEncoder().encode("0\n")

/**
 * Throws OperatorProblem, exit code 3: a bottle without them would look like a network that fails. Where the process has
 * ended, the problem says that.
 *
 *   INV-46  (its part here: the network that is changed is the bottle's, and never one that a recycled pid names)
 */
export async function openLowPorts(inBottle: ProcessIdentity, options: { readonly isRoot: boolean }): Promise<void> {
  const nsenter = findTool("nsenter")
  if (nsenter === undefined) throw refused("nsenter is not installed", installLine("util-linux"))
  const net = openNetwork(inBottle)
  const user = libc().ioctl(net, NS_GET_USERNS, 0)
  try {
    if (user < 0) throw refused("the bottle's user namespace cannot be found")
    const write = Bun.spawn(
      [
        nsenter,
        ...["--user=/proc/self/fd/3", "--net=/proc/self/fd/4"],
        // We are mapped to its root already; root of the host becomes it.
        ...(options.isRoot ? [] : ["--preserve-credentials"]),
        ...["--", "tee", SETTING],
      ],
      { env: { PATH: "/usr/bin:/bin" }, cwd: "/", stdio: [FIRST_FREE_PORT, "ignore", "pipe", user, net] },
    )
    const [stderr, exitCode] = await Promise.all([write.stderr.text(), write.exited])
    if (exitCode !== 0) throw refused(stderr.trim())
  } finally {
    if (user >= 0) closeSync(user)
    closeSync(net)
  }
}

function openNetwork(inBottle: ProcessIdentity): number {
  let net: number
  try {
    net = openSync(`/proc/${pidOf(inBottle)}/ns/net`, "r")
  } catch (error) {
    throw isProcessAlive(inBottle) ? error : bottleEnded(error)
  }
  // Its number may be another's by now. Where the bottle ended first, its launcher in the host's network is all there is.
  const isBottles = isProcessAlive(inBottle) && fstatSync(net).ino !== statSync("/proc/self/ns/net").ino
  if (isBottles) return net
  closeSync(net)
  throw bottleEnded(new Error("No process of the bottle is in a network of its own"))
}

const HINT = `${SETTING} must be writable in a new network namespace; in a container, mount /proc/sys read-write`

function refused(detail: string, hint = HINT): OperatorProblem {
  return new OperatorProblem(`No isolation available: the bottle cannot have its own ports 53, 80 and 443: ${detail}`, {
    hint,
    exitCode: 3,
  })
}
