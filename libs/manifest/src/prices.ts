// Reads prices.yml: prices of models in dollars a million tokens, where the vendor's own list has none or does
// not hold.
//
// An unknown key, an invalid price or an invalid day is an error with its line: a price misread is money
// counted wrong.

import { type PriceRow, parseHostname } from "@bot-bottle/contracts"
import { type PrintedRates, printedRow } from "@bot-bottle/prices/printed-row"
import type { ManifestProblem } from "./manifest.ts"
import { readDocument } from "./yaml/document.ts"
import {
  type Fields,
  fields,
  fieldValues,
  listOf,
  numberBetween,
  type Reader,
  reject,
  type Sourced,
  textAs,
} from "./yaml/fields.ts"

export type PricesResult =
  | { readonly outcome: "parsed"; readonly prices: readonly PriceRow[] }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export function parsePrices(text: string, file: string): PricesResult {
  const read = readDocument({ text, file, firstLine: 1 }, pricesFile)
  if (read.outcome === "broken") return read
  return { outcome: "parsed", prices: (read.value.prices?.value ?? []).map(({ value }) => value) }
}

interface RateFields {
  input: number
  output: number
  cache_read: number
  cache_write: number
  cache_write_1h: number
}

interface PriceFields extends RateFields {
  model: string
  host: string
  from: string
  long: Fields<RateFields & { above: number }>
  flex: Fields<RateFields>
  batch: Fields<RateFields>
  priority: Fields<RateFields>
}

/** Dearer than any model, and still exact in micro-dollars. */
const MAX_USD = 1_000_000
const inRange = numberBetween(0, MAX_USD, { whole: false })
/** A price is kept in whole micro-dollars. */
const usd: Reader<number> = (node, place) => {
  const value = inRange(node, place)
  if (value === undefined || Math.abs(value * 1_000_000 - Math.round(value * 1_000_000)) < 1e-4) return value
  return reject(node, place, "has more than six digits behind the point")
}
const rates = {
  input: usd,
  output: usd,
  cache_read: usd,
  cache_write: usd,
  cache_write_1h: usd,
}

const priceFields = fields<PriceFields>({
  ...rates,
  model: textAs("the name of a model, or the beginning of names with '*' behind it", (text) =>
    /^[^\s*]{1,200}\*?$|^\*$/.test(text) ? text : undefined,
  ),
  host: textAs("a host, with its port when that is not the usual one", hostOf),
  from: textAs("a day, such as 2026-07-01", (text) => (isDay(text) ? text : undefined)),
  long: fields<RateFields & { above: number }>({
    ...rates,
    above: numberBetween(1, Number.MAX_SAFE_INTEGER, { whole: true }),
  }),
  flex: fields<RateFields>(rates),
  batch: fields<RateFields>(rates),
  priority: fields<RateFields>(rates),
})

const price: Reader<PriceRow> = (node, place) => {
  const found = priceFields(node, place)
  if (found === undefined) return undefined
  const { model, host, from, long, flex, batch, priority, ...own } = fieldValues(found)
  const { line } = node
  const missing = (what: string, part = ""): undefined => {
    place.report(line, `'${place.path}${part}' needs ${what}`)
    return undefined
  }
  if (model === undefined) return missing("'model'")
  const usdOf = (part: string, given: Partial<RateFields>): PrintedRates | undefined => {
    const { input, output } = given
    if (input === undefined || output === undefined) return missing("'input' and 'output'", part)
    return {
      input,
      output,
      ...(given.cache_read !== undefined && { cacheRead: given.cache_read }),
      ...(given.cache_write !== undefined && { cacheWrite: given.cache_write }),
      ...(given.cache_write_1h !== undefined && { cacheWriteHour: given.cache_write_1h }),
    }
  }
  const usual = usdOf("", own)
  if (usual === undefined) return undefined
  const above = long?.above?.value
  if (long !== undefined && above === undefined)
    return missing("'above': the input tokens from which it holds", ".long")
  const longUsd = long && usdOf(".long", fieldValues(long))
  const tiers = Object.fromEntries(
    Object.entries({ flex, batch, priority }).flatMap(([name, given]) => {
      const tier = given && usdOf(`.${name}`, fieldValues(given))
      return tier === undefined ? [] : [[name, tier]]
    }),
  )
  return printedRow(host === undefined ? {} : { host }, {
    models: [model],
    from: from ?? "1970-01-01",
    usd: usual,
    ...(longUsd !== undefined && above !== undefined && { long: { aboveInputTokens: above, usd: longUsd } }),
    ...tiers,
  })
}

const pricesFile = fields<{ prices: readonly Sourced<PriceRow>[] }>({ prices: listOf(price) })

/** As routes name it. */
function hostOf(text: string): string | undefined {
  const [, name = "", port = ""] = /^([^:]+)(:\d{1,5})?$/.exec(text) ?? []
  const parsed = parseHostname(name)
  return parsed.kind === "malformed" ? undefined : `${parsed.host}${port}`
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}
