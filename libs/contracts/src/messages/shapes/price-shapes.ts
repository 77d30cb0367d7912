// The shape of an operator's prices, inside the messages that carry them.

import * as v from "valibot"
import type { PriceRow, Rates } from "../../spend/price.ts"
import { count, type EntriesOf, listOf, nonEmptyText } from "./bounds.ts"
import type { MessageSchema } from "./parse-message.ts"

const MAX_PRICES = 10_000
const MAX_MODELS = 1_000

const ratesSchema: MessageSchema<Rates> = v.object({
  input: count(),
  output: count(),
  cacheRead: count(),
  cacheWrite: count(),
  cacheWriteHour: count(),
} satisfies EntriesOf<Rates>)

const tiersSchema = v.object({
  flex: v.exactOptional(ratesSchema),
  batch: v.exactOptional(ratesSchema),
  priority: v.exactOptional(ratesSchema),
} satisfies EntriesOf<NonNullable<PriceRow["tiers"]>>)

const priceRowSchema: MessageSchema<PriceRow> = v.object({
  vendor: v.exactOptional(v.picklist(["anthropic", "openai"])),
  host: v.exactOptional(nonEmptyText(260)),
  models: listOf(nonEmptyText(256), MAX_MODELS),
  fromMs: count(),
  rates: ratesSchema,
  long: v.exactOptional(v.object({ aboveInputTokens: count(), rates: ratesSchema })),
  tiers: v.exactOptional(tiersSchema),
} satisfies EntriesOf<PriceRow>)

export const priceRowsSchema = listOf(priceRowSchema, MAX_PRICES)
