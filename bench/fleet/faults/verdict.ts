// The campaign's verdict: a line for each claim, and what speaks against it.

import type { Check } from "./books.ts"
import type { Takeover } from "./takeovers.ts"

const MAX_TAKEOVER_MS = 10_000
const MAX_SHOWN = 10

/** False when a claim does not hold. */
export function printVerdict(checks: readonly Check[], takeovers: readonly Takeover[]): boolean {
  const passed = takeovers.map(({ passedMs }) => passedMs).toSorted((a, b) => a - b)
  const possible = takeovers.map(({ possibleMs }) => possibleMs).toSorted((a, b) => a - b)
  const late = possible.filter((ms) => ms > MAX_TAKEOVER_MS).length
  const all = [
    ...checks,
    {
      claim: `a dead worker's job is taken over within ${MAX_TAKEOVER_MS / 1000} s of time in which somebody could`,
      problems: late > 0 ? [`${late} of ${takeovers.length} took longer, the slowest ${seconds(possible.at(-1))}`] : [],
    },
  ]
  console.log(`takeovers: ${takeovers.length}; ${spread("passed", passed)}; ${spread("possible", possible)}`)
  for (const { claim, problems } of all) {
    console.log(`${problems.length === 0 ? "holds " : "FAILS "} ${claim}`)
    for (const problem of problems.slice(0, MAX_SHOWN)) console.log(`         ${problem}`)
    if (problems.length > MAX_SHOWN) console.log(`         and ${problems.length - MAX_SHOWN} more`)
  }
  const holds = all.every(({ problems }) => problems.length === 0)
  console.log(holds ? "VERDICT: every claim holds" : "VERDICT: FAILED")
  return holds
}

function spread(name: string, sorted: readonly number[]): string {
  const at = (part: number) => seconds(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))])
  return `${name}: p50 ${at(0.5)}, p90 ${at(0.9)}, most ${at(1)}`
}

function seconds(ms = 0): string {
  return `${(ms / 1000).toFixed(1)} s`
}
