// The forms of bot-bottle that people start, built from this clone.

import { mkdirSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { composePackage } from "../../tools/pack/compose-package.ts"

export interface Form {
  readonly name: string
  readonly command: readonly string[]
}

const ROOT = resolve(import.meta.dir, "../..")

/** `target`: a folder that does not exist yet. */
export function buildForms(target: string): readonly Form[] {
  const built = Bun.spawnSync([process.execPath, join(ROOT, "tools/pack/build-binary.ts"), join(target, "dist")])
  if (!built.success) throw new Error(built.stderr.toString())

  // As npm lays it out: Bun beside the package.
  const modules = join(target, "node_modules")
  composePackage(ROOT, join(modules, "bot-bottle"))
  mkdirSync(join(modules, "bun/bin"), { recursive: true })
  symlinkSync(process.execPath, join(modules, "bun/bin/bun.exe"))
  symlinkSync(join(ROOT, "node_modules/.bun/node_modules/@opentui"), join(modules, "@opentui"))
  return [
    { name: "binary", command: [join(target, "dist/bot-bottle")] },
    { name: "npm package", command: [join(modules, "bot-bottle/apps/cli/bin/bot-bottle")] },
    { name: "clone", command: [join(ROOT, "apps/cli/bin/bot-bottle")] },
  ]
}
