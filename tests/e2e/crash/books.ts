// Holds the provider's bill against the ledger, request by request: each has a model of its own.
//
// The right charge depends on how the answer ended:
//   complete                                the bill, exactly
//   lost in a crash, or a torn JSON body    at least the bill
//   a stream torn or abandoned on purpose   at least its input: the bill is in full, but what
//                                           the provider still made after that nobody can see

import { chargeTokens } from "@bot-bottle/budget"
import { type Ledger, openLedger, type UsageRow } from "@bot-bottle/ledger"
import type { BilledRequest } from "@bot-bottle/stand-in"
import { CACHE_READ_WEIGHT, isStreamed, type MoodyProvider, modelOf } from "./moody-provider.ts"

export interface Discrepancies {
  /** Billed, and not in the ledger, or not as often. */
  readonly missing: readonly string[]
  readonly undercharged: readonly string[]
  /** Said to be the provider's word, and not it. */
  readonly inexact: readonly string[]
}

export const NO_DISCREPANCIES: Discrepancies = { missing: [], undercharged: [], inexact: [] }

export interface Bill {
  readonly lines: readonly BilledRequest[]
  readonly provider: MoodyProvider
  /** True where a stream that neither side meant to break was broken by a crash of ours. */
  readonly isCrash: (model: string) => boolean
}

export function compareBooks({ lines, provider, isCrash }: Bill, rows: readonly UsageRow[]): Discrepancies {
  const booked = new Map(rows.map((row) => [row.key, row]))
  const found = { missing: [] as string[], undercharged: [] as string[], inexact: [] as string[] }
  for (const [model, [line, ...more]] of Map.groupBy(lines, modelOf)) {
    const row = booked.get(model)
    if (line === undefined || row?.requests !== 1 || more.length > 0) {
      found.missing.push(`${model}: billed ${1 + more.length} times, recorded ${row?.requests ?? 0} times`)
    } else if (row.estimatedRequests === 0) {
      if (!isExact(row, line)) found.inexact.push(`${model}: ${describe(row)} for ${JSON.stringify(line.usage)}`)
    } else {
      const meantToBreak = model.endsWith("-leaves") || provider.tears(model)
      const least = isStreamed(line) && (meantToBreak || !isCrash(model)) ? inputCharge(line) : charge(line)
      if (row.chargedTokens < least) found.undercharged.push(`${model}: ${describe(row)} for ${least}`)
    }
  }
  return found
}

function isExact(row: UsageRow, line: BilledRequest): boolean {
  return row.chargedTokens === charge(line) && Bun.deepEquals(row.usage, line.usage)
}

function charge({ usage }: BilledRequest): number {
  return chargeTokens(usage, CACHE_READ_WEIGHT)
}

function inputCharge({ usage }: BilledRequest): number {
  return chargeTokens({ ...usage, outputTokens: 0 }, CACHE_READ_WEIGHT)
}

function describe({ chargedTokens, usage }: UsageRow): string {
  return `${chargedTokens} charged (${JSON.stringify(usage)})`
}

/** Opens the ledger without the sweep that every command begins with. */
export async function readLedger<T>(path: string, read: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedger(path)
  try {
    return await read(ledger)
  } finally {
    await ledger.close()
  }
}
