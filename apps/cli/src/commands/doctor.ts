// `doctor`: looks at everything a start needs and ends with a verdict and one next command.

import { runChecks } from "../doctor/checks.ts"
import { exitCodeOf, reportJson, reportLines } from "../doctor/report.ts"
import type { Host } from "../host.ts"

export async function runDoctor(host: Host, flags: { readonly json?: boolean }): Promise<number> {
  const groups = await runChecks(host)
  if (flags.json) host.screen.print(JSON.stringify(reportJson(groups), null, 2))
  else for (const line of reportLines(groups, host.screen)) host.screen.print(line)
  return exitCodeOf(groups)
}
