// Runs a command of the tests as a user without any privilege, when we are root.
//
// The clone may lie in a folder that only root may enter. So it and our Bun are shown to that user
// at another place, in a mount namespace of the command's own.

import { chown, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asUnprivileged, UNPRIVILEGED_ID } from "@bot-bottle/testkit"

export interface AsNobody extends AsyncDisposable {
  /** HOME, TMPDIR and PATH for that user. */
  readonly env: Readonly<Record<string, string>>
  /** `bun <args>`, run in the clone. */
  bun(args: readonly string[]): readonly string[]
}

const CLONE = "/mnt/clone"
const BIN = "/mnt"

export async function openAsNobody(root: string): Promise<AsNobody> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "bot-bottle-nobody-")))
  await chown(home, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  const bun = await realpath(process.execPath)
  const places = ["--dev-bind", "/", "/", "--tmpfs", "/mnt", "--ro-bind", root, CLONE, "--ro-bind", bun, `${BIN}/bun`]

  return {
    env: { HOME: home, TMPDIR: home, PATH: `${BIN}:${process.env["PATH"] ?? "/usr/bin:/bin"}` },
    bun: (args) => {
      const command = asUnprivileged([`${BIN}/bun`, ...args])
      return ["bwrap", ...places, "--chdir", CLONE, "--die-with-parent", "--", ...command]
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}
