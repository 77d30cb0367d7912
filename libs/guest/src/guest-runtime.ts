// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { join } from "node:path"

/** Host paths of what drives the guest side. */
export interface GuestRuntime {
  readonly bun: string
  readonly forwarderFiles: readonly string[]
  /** Programs that an agent may start, each a folder of files by its name. */
  readonly commandFiles: Readonly<Record<string, readonly string[]>>
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
  "name-table.ts",
  "name-server.ts",
  "own-target.ts",
  "parse-order.ts",
  "pipe.ts",
  "relay.ts",
  "route-lookup.ts",
  "transparent.ts",
  "tunnel.ts",
]

const COMMAND_FILES = { forge: ["main.ts", "forge-call.ts"] } as const

export function findGuestRuntime(): GuestRuntime {
  return {
    bun: realpathSync(process.execPath),
    forwarderFiles: FORWARDER_FILES.map((file) => join(import.meta.dir, "forwarder", file)),
    commandFiles: Object.fromEntries(
      Object.entries(COMMAND_FILES).map(([name, files]) => [
        name,
        files.map((file) => join(import.meta.dir, "commands", name, file)),
      ]),
    ),
  }
}
