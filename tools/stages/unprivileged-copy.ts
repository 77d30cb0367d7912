// A copy of the clone that an unprivileged user can read and run, since a clone in root's home
// is closed to everyone else. Without .git, and of .tools only the Bun that runs us.

import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { asUnprivileged, UNPRIVILEGED_ID } from "@bot-bottle/testkit"

export interface UnprivilegedCopy extends AsyncDisposable {
  readonly root: string
  /** HOME, TMPDIR and PATH for that user. */
  readonly env: Readonly<Record<string, string>>
  /** The same command, run by that user with the copy's own Bun. */
  argv(argv: readonly string[]): readonly string[]
}

export async function openUnprivilegedCopy(source: string): Promise<UnprivilegedCopy> {
  const top = await mkdtemp(join(tmpdir(), "bot-bottle-nobody-"))
  await chmod(top, 0o755)
  const root = join(top, "clone")
  const bin = join(top, "bin")
  const home = join(top, "home")
  for (const folder of [root, bin, home]) await mkdir(folder)
  await chown(home, UNPRIVILEGED_ID, UNPRIVILEGED_ID)

  const entries = (await readdir(source)).filter((entry) => entry !== ".git" && entry !== ".tools")
  const copied = Bun.spawn(["cp", "-a", ...entries.map((entry) => join(source, entry)), root])
  if ((await copied.exited) !== 0) throw new Error(`Cannot copy ${source} to ${root}`)
  await cp(process.execPath, join(bin, "bun"))

  return {
    root,
    env: { HOME: home, TMPDIR: home, PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}` },
    argv: ([program = "", ...args]) => {
      const own = basename(program) === basename(process.execPath) ? join(bin, "bun") : program
      return asUnprivileged([own, ...args])
    },
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  }
}
