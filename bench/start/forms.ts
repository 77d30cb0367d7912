// The forms of bot-bottle that people start, built from this clone.

import { mkdirSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"

export interface Form {
  readonly name: string
  readonly command: readonly string[]
}

const ROOT = resolve(import.meta.dir, "../..")

/** `target`: a folder that does not exist yet. */
export function buildForms(target: string): readonly Form[] {
  run([process.execPath, join(ROOT, "tools/pack/build-binary.ts"), join(target, "dist")])
  run([process.execPath, join(ROOT, "tools/pack/keep-bundle.ts")])

  // As npm lays it out: Bun beside the package.
  const modules = join(target, "node_modules")
  const home = join(modules, "bot-bottle")
  mkdirSync(home, { recursive: true })
  run([
    "tar",
    "-xzf",
    run([process.execPath, join(ROOT, "tools/pack/main.ts"), target]),
    "--strip-components=1",
    "-C",
    home,
  ])
  mkdirSync(join(modules, "bun/bin"), { recursive: true })
  symlinkSync(process.execPath, join(modules, "bun/bin/bun.exe"))
  symlinkSync(join(ROOT, "node_modules/.bun/node_modules/@opentui"), join(modules, "@opentui"))
  return [
    { name: "binary", command: [join(target, "dist/bot-bottle")] },
    { name: "npm package", command: [join(modules, "bot-bottle/apps/cli/bin/bot-bottle")] },
    { name: "clone", command: [join(ROOT, "apps/cli/bin/bot-bottle")] },
  ]
}

function run(argv: readonly string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync([...argv])
  if (!success) throw new Error(stderr.toString())
  return stdout.toString().trim()
}
