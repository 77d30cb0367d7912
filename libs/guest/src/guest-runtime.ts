// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { join } from "node:path"
import { BUILD_FORM, type BuildForm, GUEST_PROGRAMS } from "@bot-bottle/contracts"

/** Host paths of what drives the guest side. */
export interface GuestRuntime {
  readonly bun: string
  /** Files and folders, shown in the bottle's runtime folder under `name`. */
  readonly files: readonly { readonly source: string; readonly name: string }[]
}

export function findGuestRuntime(): GuestRuntime {
  return { bun: realpathSync(process.execPath), files: FILES[BUILD_FORM]() }
}

const FILES: Readonly<Record<BuildForm, () => GuestRuntime["files"]>> = {
  // Whole folders: every mount makes the start of a bottle slower.
  source: () => ["forwarder", "commands"].map((name) => ({ source: join(import.meta.dir, name), name })),
  bundle: () =>
    Object.keys(GUEST_PROGRAMS)
      .map((name) => `${name}.js`)
      .map((name) => ({ source: join(import.meta.dir, name), name })),
  // The executable holds them.
  binary: () => [],
}
