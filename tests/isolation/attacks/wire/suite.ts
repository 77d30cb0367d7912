// The whole suite, and how one proxy fares in it.

import { answers } from "./answers.ts"
import { type Attack, type AttackClass, asControl, type Field, type Offer, type Outcome } from "./attack.ts"
import { credentials } from "./credentials.ts"
import { keys } from "./keys.ts"
import { metering } from "./metering.ts"
import { names } from "./names.ts"
import { paths } from "./paths.ts"
import { serverFetches } from "./server-fetches.ts"
import { smuggling } from "./smuggling.ts"
import { tunnels } from "./tunnels.ts"

export const SUITE: readonly AttackClass[] = [
  names,
  tunnels,
  smuggling,
  paths,
  answers,
  credentials,
  metering,
  serverFetches,
  keys,
]

export interface ClassScore {
  readonly title: string
  readonly controls: readonly { readonly what: string; readonly held: boolean }[]
  readonly attacks: readonly (Pick<Attack, "case" | "what"> & { readonly outcome: Outcome | "not offered" })[]
}

export interface Score {
  readonly proxy: string
  readonly classes: readonly ClassScore[]
}

export async function scoreProxy(field: Field): Promise<Score> {
  const isOffered = (needs: Offer | undefined) => needs === undefined || field.way.offers.has(needs)
  const classes: ClassScore[] = []
  for (const { title, controls, attacks } of SUITE) {
    const heldControls: { what: string; held: boolean }[] = []
    for (const { what, needs, run } of controls)
      if (isOffered(needs)) heldControls.push({ what, held: await holds(() => asControl(() => run(field))) })
    const outcomes: ClassScore["attacks"][number][] = []
    for (const { case: number, what, needs, run } of attacks) {
      const outcome = isOffered(needs) ? await outcomeOf(() => run(field)) : "not offered"
      outcomes.push({ case: number, what, outcome })
    }
    classes.push({ title, controls: heldControls, attacks: outcomes })
  }
  return { proxy: field.way.name, classes }
}

async function holds(run: () => Promise<boolean>): Promise<boolean> {
  try {
    return await run()
  } catch {
    // The proxy refused what it should have let through.
    return false
  }
}

async function outcomeOf(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run()
  } catch {
    // Closed, reset, no handshake: all of them are a no.
    return "refused"
  }
}

/** `N attacks, N refused`, and what else there is to say. */
export function renderScore({ proxy, classes }: Score): string {
  const all = classes.flatMap(({ attacks }) => attacks)
  const tried = all.filter(({ outcome }) => outcome !== "not offered")
  const through = tried.filter(({ outcome }) => outcome === "succeeded")
  const broken = classes.flatMap(({ controls }) => controls.filter(({ held }) => !held))
  return [
    ...through.map(({ case: number, what }) => `${proxy}: SUCCEEDED  case ${number}: ${what}`),
    ...broken.map(({ what }) => `${proxy}: CONTROL FAILED  ${what}`),
    `${proxy}: ${tried.length} attacks, ${tried.length - through.length} refused` +
      (all.length > tried.length ? ` (${all.length - tried.length} on what it does not offer)` : ""),
  ].join("\n")
}
