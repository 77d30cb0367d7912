// `doctor`: looks at everything a start needs and ends with a verdict and one next command.

import { runChecks } from "../../doctor/checks.ts"
import { exitCodeOf, reportJson, reportLines } from "../../doctor/report.ts"
import type { ForgeFlags } from "../../forge/forge-settings.ts"
import type { Host } from "../../host.ts"
import { showProgress } from "../../terminal/progress.ts"

export interface DoctorFlags extends ForgeFlags {
  readonly json?: boolean
  readonly forge?: boolean
}

export async function runDoctor(host: Host, flags: DoctorFlags): Promise<number> {
  const groups = flags.forge
    ? await showProgress(
        host.screen,
        "asking the forge",
        import("../../doctor/forge-checks.ts").then(({ runForgeChecks }) => runForgeChecks(host, flags)),
      )
    : await showProgress(host.screen, "checking this host", runChecks(host))
  if (flags.json) host.screen.print(JSON.stringify(reportJson(groups), null, 2))
  else for (const line of reportLines(groups, host.screen)) host.screen.print(host.screen.called(line))
  return exitCodeOf(groups)
}
