// The operator's settings for the dashboard, and the commands that this build has.

import type { ThemeChoice } from "../watch/terminal-kind.ts"

export interface DashboardChoices {
  readonly theme: ThemeChoice
  readonly mouse: boolean
  readonly keys: Readonly<Record<string, string>>
}
