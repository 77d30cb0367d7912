// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { join } from "node:path"
import { BUILD_FORM, type BuildForm, GUEST_PROGRAMS } from "@bot-bottle/contracts"

/** Host paths of what drives the guest side. */
export interface GuestRuntime {
  readonly bun: string
  /** Shown in the bottle's runtime folder, under `name`. */
  readonly files: readonly { readonly source: string; readonly name: string }[]
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

const COMMAND_FILES = ["forge/main.ts", "forge/forge-call.ts"]

export function findGuestRuntime(): GuestRuntime {
  return { bun: realpathSync(process.execPath), files: FILES[BUILD_FORM]() }
}

const FILES: Readonly<Record<BuildForm, () => GuestRuntime["files"]>> = {
  source: () =>
    [...FORWARDER_FILES.map((file) => `forwarder/${file}`), ...COMMAND_FILES.map((file) => `commands/${file}`)].map(
      (name) => ({ source: join(import.meta.dir, name), name }),
    ),
  bundle: () =>
    Object.keys(GUEST_PROGRAMS)
      .map((name) => `${name}.js`)
      .map((name) => ({ source: join(import.meta.dir, name), name })),
  // The executable holds them.
  binary: () => [],
}
