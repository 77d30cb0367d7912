// `demo`: the whole of bot-bottle on one screen, with nothing real at stake. A process of its own:
// it brings a provider along, which no other command needs.

import { hostProgram, SEALED_FOLDER } from "@bot-bottle/contracts"
import type { Host } from "../../host.ts"

export async function runDemo({ env, screen }: Host): Promise<number> {
  const choices = [`--call=${env.call}`, ...(screen.paint.bold("") === "" ? [] : ["--color"])]
  const folder = env.find("TMPDIR")
  const child = Bun.spawn([...hostProgram(process.execPath, "demo", ...choices)], {
    cwd: SEALED_FOLDER,
    stdio: ["ignore", "inherit", "inherit"],
    env: { PATH: env.path, USER: env.operator, ...(folder === undefined ? {} : { TMPDIR: folder }) },
  })
  const pass = (name: NodeJS.Signals) => void child.kill(name)
  // Ctrl-C reaches the whole group: the demo ends itself, and we wait for that.
  const wait = () => {}
  process.on("SIGINT", wait)
  process.on("SIGTERM", pass)
  process.on("SIGHUP", pass)
  return await child.exited
}
