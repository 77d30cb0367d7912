// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { join } from "node:path"

/** Host paths of what drives the guest side. */
export interface GuestRuntime {
  readonly bun: string
  readonly forwarderFiles: readonly string[]
}

const FORWARDER_FILES = [
  "main.ts",
  "agent.ts",
  "self-test.ts",
  "dns-message.ts",
  "exec.ts",
  "explicit.ts",
  "forward-port.ts",
  "frames.ts",
  "hello-message.ts",
  "control-messages.ts",
  "keep-running.ts",
  "line-socket.ts",
  "multiplexer.ts",
  "name-book.ts",
  "name-server.ts",
  "own-target.ts",
  "parse-order.ts",
  "pipe.ts",
  "relay.ts",
  "route-lookup.ts",
  "transparent.ts",
  "tunnel.ts",
]

export function findGuestRuntime(): GuestRuntime {
  return {
    bun: realpathSync(process.execPath),
    forwarderFiles: FORWARDER_FILES.map((file) => join(import.meta.dir, "forwarder", file)),
  }
}
