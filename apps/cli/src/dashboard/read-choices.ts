// Reads what settings.yml says of the dashboard. Loaded while the screen starts.

import { OperatorProblem } from "@bot-bottle/contracts"
import { loadSettings } from "@bot-bottle/manifest"
import { BINDINGS } from "@bot-bottle/view"
import type { DashboardChoices } from "./dashboard-choices.ts"

/** Throws OperatorProblem for settings that cannot be used. */
export function readChoices(root: string): DashboardChoices {
  const { theme, mouse, keys } = loadSettings(root).dashboard
  const actions = [...new Set(BINDINGS.map(({ action }) => action as string))]
  const unknown = Object.keys(keys).find((action) => !actions.includes(action))
  if (unknown === undefined) return { theme, mouse, keys }
  throw new OperatorProblem(`settings.yml: 'dashboard_keys' names the unknown action '${unknown}'`, {
    hint: `actions: ${actions.join(", ")}`,
  })
}
