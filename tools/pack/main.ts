// `npm run pack`: writes dist/bot-bottle-<version>.tgz, which `npm install -g` and `npx` take.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { composePackage } from "./compose-package.ts"

const root = resolve(import.meta.dir, "../..")
const target = resolve(process.argv[2] ?? join(root, "dist"))
const draft = mkdtempSync(join(tmpdir(), "bot-bottle-pack-"))
try {
  const { name, version } = composePackage(root, draft)
  mkdirSync(target, { recursive: true })
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "pm", "pack", "--quiet", "--destination", target], {
    cwd: draft,
    stdio: ["ignore", "ignore", "pipe"],
  })
  if (exitCode !== 0) throw new Error(stderr.toString())
  console.log(join(target, `${name}-${version}.tgz`))
} finally {
  rmSync(draft, { recursive: true, force: true })
}
