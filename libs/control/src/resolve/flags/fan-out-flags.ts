// The flags that say how fast a run may make requests.

import { parseLimit } from "@bot-bottle/budget"
import { type FanOut, OperatorProblem, type RunBudgets, type StartFlags, USD } from "@bot-bottle/contracts"

type FanOutFlags = Pick<StartFlags, "parallel" | "requestsPerMinute" | "spendPerMinute">

const MOST = 1_000_000

/** Undefined when none is given. Throws OperatorProblem, as bad usage. */
export function parseFanOutFlags({ parallel, requestsPerMinute, spendPerMinute }: FanOutFlags): FanOut | undefined {
  if (parallel === undefined && requestsPerMinute === undefined && spendPerMinute === undefined) return undefined
  return {
    ...(parallel !== undefined && { parallel: parseCount("--parallel", parallel) }),
    ...(requestsPerMinute !== undefined && {
      requestsPerMinute: parseCount("--requests-per-minute", requestsPerMinute),
    }),
    ...(spendPerMinute !== undefined && { spendPerMinute: parseDollars("--spend-per-minute", spendPerMinute) }),
  }
}

/** Those of the flags that a run was started with. */
export function keptFanOut({ fanOut = [] }: RunBudgets): FanOut | undefined {
  const found = fanOut.find(({ scope }) => scope.kind === "run")
  if (found === undefined) return undefined
  const { scope: _, ...limits } = found
  return limits
}

function parseCount(flag: string, text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST) return count
  throw new OperatorProblem(`${flag} '${text}' is not a whole number from 1 to ${MOST}`, {
    exitCode: 2,
    hint: `for example: ${flag} 4`,
  })
}

function parseDollars(flag: string, text: string): number {
  const amount = parseLimit(USD, text)
  if (amount.outcome === "parsed" && amount.tokens > 0) return amount.tokens
  const why = amount.outcome === "parsed" ? `'${text}' is not above 0` : amount.message
  throw new OperatorProblem(`${flag}: ${why}`, { exitCode: 2, hint: `for example: ${flag} 0.50` })
}
