// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { join } from "node:path"
import type { GuestRuntime } from "./plan.ts"

const FORWARDER_FILES = ["main.ts", "relay.ts", "agent.ts", "exec.ts", "lifeline.ts", "line-socket.ts", "pipe.ts"]

export function findGuestRuntime(): GuestRuntime {
  return {
    bun: realpathSync(process.execPath),
    forwarderFiles: FORWARDER_FILES.map((file) => join(import.meta.dir, "forwarder", file)),
  }
}
