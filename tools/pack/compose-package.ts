// Puts together the one package that people install: every program bundled, the launcher, and a
// package.json that brings Bun and the dashboard's native library along.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { readJson } from "@bot-bottle/testkit"
import { buildBundles } from "./build-bundles.ts"
import { composeNotices, NOTICES_FILE } from "./notices.ts"
import { NATIVE } from "./packages.ts"

export interface ComposedPackage {
  readonly name: string
  readonly version: string
}

const FOLDER = "apps/cli"

/** Writes the package into `target`, an empty folder. `root`: the clone. */
export function composePackage(root: string, target: string): ComposedPackage {
  const { version } = readJson(readText(root, FOLDER, "package.json"), { version: "string" })
  const { packageManager, workspaces } = readJson(readText(root, "package.json"), {
    packageManager: "string",
    workspaces: { catalog: { [NATIVE]: "string" } },
  })
  const dist = join(target, FOLDER, "dist")
  const inputs = buildBundles(dist, { root, form: "bundle", external: [NATIVE] })
  writeFileSync(join(dist, NOTICES_FILE), composeNotices(root, inputs))
  mkdirSync(join(target, FOLDER, "bin"))
  cpSync(join(root, FOLDER, "bin/bot-bottle"), join(target, FOLDER, "bin/bot-bottle"))
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) cpSync(join(root, file), join(target, file))

  const manifest = {
    name: "bot-bottle",
    version,
    description: "Run any coding agent as if it might be compromised and had your credit card",
    license: "MIT",
    type: "module",
    os: ["linux"],
    bin: { "bot-bottle": `${FOLDER}/bin/bot-bottle` },
    dependencies: {
      [NATIVE]: workspaces.catalog[NATIVE],
      bun: packageManager.replace("bun@", ""),
    },
  }
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  return { name: "bot-bottle", version }
}

function readText(...path: readonly string[]): string {
  return readFileSync(join(...path), "utf8")
}
