// Refuses a launch whose manifest asks for something that this version does not do. A key that is
// read and silently does nothing would be taken for a protection.

import { OperatorProblem } from "@bot-bottle/contracts"
import { type BottleManifest, placeOfValue } from "@bot-bottle/manifest"

export function checkEffect(bottle: BottleManifest): void {
  const [key, hint] = findWithoutEffect(bottle) ?? []
  if (key === undefined) return
  throw new OperatorProblem(`${placeOfValue(bottle, key)}: '${key}' does nothing in this version`, {
    hint: `take it out of the bottle; ${hint}`,
  })
}

function findWithoutEffect({ supervise }: BottleManifest): readonly [key: string, hint: string] | undefined {
  if (supervise) return ["supervise", "a host that is not listed is refused anyway"]
  return undefined
}
