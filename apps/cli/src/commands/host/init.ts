// `init`: the host folder with a first agent, a first bottle and settings that explain
// themselves.

import { STARTER_AGENT, STARTER_CHOICE, shownPath } from "@bot-bottle/manifest"
import type { Host } from "../../host.ts"
import { writeStarterFiles } from "./write-starter-files.ts"

export async function runInit({ env, screen }: Host): Promise<number> {
  for (const { path, outcome } of writeStarterFiles(env.root, STARTER_CHOICE)) {
    screen.print(`${outcome.padEnd(8)} ${shownPath(path)}`)
  }
  screen.print(screen.called(`next: bot-bottle doctor && bot-bottle start ${STARTER_AGENT}`))
  return 0
}
