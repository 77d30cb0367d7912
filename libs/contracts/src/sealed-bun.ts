// How every process of ours is started: Bun in a folder of ours, with a program of ours.
//
// Pure. The folder a command is typed in may be a stranger's repository, or one that an agent
// worked in. The pinned Bun reads bunfig.toml, .env files, and the tsconfig.json or jsconfig.json
// of the folder it starts in; the last two from every folder above as well. The folder alone
// keeps all of that out, and so do the flags alone: either would do.
//
//   INV-49  Nothing of the folder a command is typed in, or of a folder above it, runs on the host
//           or counts as configuration. This holds for every documented start and for every process of ours.

import { BUILD_FORM } from "./build-form.ts"

/** Bun starts here. Only root can write it, and nothing above it exists. */
export const SEALED_FOLDER = "/"

/** With these, the pinned Bun takes neither code nor configuration from any folder but the program's own. */
export const SEALED_FLAGS = [
  "--no-env-file",
  "--config=/dev/null",
  "--no-install",
  "--tsconfig-override=/dev/null",
] as const

/** The same for `bun build --compile`: a standalone program reads two of them unless told not to. */
export const SEALED_BUILD_FLAGS = [
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
  "--no-compile-autoload-package-json",
] as const

/** A command line for Bun. To be started in SEALED_FOLDER, unless the program works in a folder by its nature. */
export function sealedBun(bun: string, program: string, ...args: readonly string[]): readonly [string, ...string[]] {
  return [bun, ...SEALED_FLAGS, program, ...args]
}

/** Whether a process was started as this page says, as far as it can tell. */
export function isSealed(started: { readonly execArgv: readonly string[]; readonly cwd: string }): boolean {
  if (started.cwd !== SEALED_FOLDER) return false
  // The single binary was built with SEALED_BUILD_FLAGS.
  return BUILD_FORM === "binary" || started.execArgv.join("\n") === SEALED_FLAGS.join("\n")
}
