// Where the guest's Bun and the forwarder's files lie on this host.

import { realpathSync } from "node:fs"
import { basename, join } from "node:path"
import { BUILD_FORM, type BuildForm, guestFolder } from "@bot-bottle/contracts"

/** Host paths of what drives the guest side. */
export interface GuestRuntime {
  readonly bun: string
  /** Files and folders, shown in the bottle's runtime folder under `name`. */
  readonly files: readonly { readonly source: string; readonly name: string }[]
}

export function findGuestRuntime(): GuestRuntime {
  return {
    bun: realpathSync(process.execPath),
    files: FOLDERS[BUILD_FORM].map((source) => ({ source, name: basename(source) })),
  }
}

/** Whole folders: every mount makes the start of a bottle slower. The single binary holds its programs and shows none. */
const FOLDERS: Readonly<Record<BuildForm, readonly string[]>> = {
  source: ["forwarder", "commands"].map((name) => join(import.meta.dir, name)),
  kept: [guestFolder()],
  bundle: [guestFolder()],
  binary: [],
}
