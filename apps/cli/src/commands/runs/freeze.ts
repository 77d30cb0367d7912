// `freeze`: stops a run so that it can be resumed.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

export async function runFreeze(host: Host, slug: Slug): Promise<number> {
  await openRun(controlHost(host), slug).freeze()
  host.screen.print(host.screen.called(`${slug}: frozen; to continue: bot-bottle resume ${slug}`))
  return 0
}
