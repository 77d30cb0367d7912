// `init`: the host folder with a first agent, a first bottle and settings that explain
// themselves. What is there already is left alone.

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { ensureHostRoot, STARTER_AGENT, STARTER_FILES } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"

export async function runInit({ env, screen }: Host): Promise<number> {
  ensureHostRoot(env.root)
  for (const { path, text } of STARTER_FILES) {
    const target = join(env.root, path)
    if (existsSync(target)) {
      screen.print(`kept     ${target}`)
      continue
    }
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    // Exclusive: a file that appears in this moment is someone's work.
    writeFileSync(target, text, { mode: 0o600, flag: "wx" })
    screen.print(`created  ${target}`)
  }
  screen.print(`next: bot-bottle doctor, then bot-bottle start ${STARTER_AGENT}`)
  return 0
}
