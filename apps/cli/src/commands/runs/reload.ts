// `reload`: gives a running run's proxy what manifests, settings.yml and credentials say now.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

export async function runReload(host: Host, slug: Slug): Promise<number> {
  const { added, removed, policyLater, later } = await openRun(controlHost(host), slug).reload()
  for (const route of added) host.screen.print(`${slug}: + ${route}`)
  for (const route of removed) host.screen.print(`${slug}: - ${route}`)
  host.screen.print(`${slug}: reloaded`)
  if (policyLater !== undefined)
    host.screen.note(
      `bot-bottle: shutdown stays ${policyLater.now} until the run is resumed; manifests now say ${policyLater.later}`,
    )
  if (later.length > 0)
    host.screen.note(
      `bot-bottle: changed as well, in force only once the run is resumed: ${later.join(", ")}; to do that: bot-bottle freeze ${slug} && bot-bottle resume ${slug}`,
    )
  return 0
}
