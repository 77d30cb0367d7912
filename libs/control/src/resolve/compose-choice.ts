// The one composition of a launch's choices: a base that every launch shares, and what this one
// says over it. A field that is added here has its default in one place.

import type { Settings } from "@bot-bottle/manifest"
import type { LaunchChoice } from "./resolve-launch.ts"

export type ChoiceOverrides = Pick<LaunchChoice, "agent" | "bottle" | "bottles" | "workspace"> & Partial<LaunchChoice>

export function composeChoice(settings: Settings, overrides: ChoiceOverrides): LaunchChoice {
  return {
    settings,
    budget: undefined,
    shutdown: undefined,
    tags: {},
    backend: undefined,
    imageFlag: undefined,
    prompt: undefined,
    opening: undefined,
    agentArguments: [],
    skills: [],
    // Only the words of a start show them; a resumed run hides them again.
    secrets: "hidden",
    // The same: an operator trusts one start with its data, not the run for ever.
    observe: false,
    ...overrides,
  }
}
