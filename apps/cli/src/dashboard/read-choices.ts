// Reads what settings.yml says of the dashboard. Loaded while the screen starts.

import { OperatorProblem } from "@bot-bottle/contracts"
import { loadSettings } from "@bot-bottle/manifest"
import { BINDINGS, bindingsFor, type KeyChoices } from "@bot-bottle/view"
import type { DashboardChoices } from "./dashboard-choices.ts"

/** Throws OperatorProblem for settings that cannot be used. */
export function readChoices(root: string): DashboardChoices {
  const { theme, mouse, keys } = loadSettings(root).dashboard
  const actions = [...new Set(BINDINGS.map(({ action }) => action as string))]
  const unknown = Object.keys(keys).find((action) => !actions.includes(action))
  if (unknown === undefined) {
    refuseSharedKeys(keys)
    return { theme, mouse, keys }
  }
  throw new OperatorProblem(`settings.yml: 'dashboard_keys' names the unknown action '${unknown}'`, {
    hint: `actions: ${actions.join(", ")}`,
  })
}

/** A key that two actions of a page share would do the first one only. */
function refuseSharedKeys(choices: KeyChoices): void {
  const every = bindingsFor(choices, new Set(BINDINGS.flatMap(({ command }) => command ?? [])))
  for (const chosen of every.filter(({ action }) => choices[action] !== undefined)) {
    const other = every.find(
      ({ action, keys, pages }) =>
        action !== chosen.action &&
        keys.some((key) => chosen.keys.includes(key)) &&
        pages.some((page) => chosen.pages.includes(page)),
    )
    if (other === undefined) continue
    throw new OperatorProblem(
      `settings.yml: 'dashboard_keys' gives the key '${chosen.keys[0]}' to '${chosen.action}', and '${other.action}' has it`,
      { hint: `give '${other.action}' another key as well, or 'none'` },
    )
  }
}
