// `kill`: ends a run and everything in its bottle at once. Its files stay for `diff` and `apply`
// until `cleanup`, or until `--delete` says otherwise.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"

export interface KillFlags {
  readonly delete?: boolean
  readonly yes?: boolean
}

export async function runKill(host: Host, slug: Slug, flags: KillFlags): Promise<number> {
  const run = openRun(controlHost(host), slug)
  if (flags.delete !== true) {
    await run.kill()
    host.screen.print(`${slug}: killed`)
    host.screen.note(`Its files stay until 'bot-bottle cleanup': bot-bottle diff ${slug}`)
    return 0
  }
  const question = `Kill ${slug} and delete its files? Changes that were not applied are lost.`
  const without = `bot-bottle kill ${slug} --delete --yes`
  if (!(await confirmWrite(host.screen, { given: flags.yes === true, question, without }))) return 0
  if ((await run.load()).status !== "killed") await run.kill()
  await run.remove()
  host.screen.print(`${slug}: killed and deleted`)
  return 0
}
