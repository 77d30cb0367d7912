// Every price this build knows.

import type { PriceRow } from "@bot-bottle/contracts"
import { ANTHROPIC_PRICES } from "./anthropic.ts"
import { OPENAI_PRICES } from "./openai.ts"

export const PRICE_TABLE: readonly PriceRow[] = [...ANTHROPIC_PRICES, ...OPENAI_PRICES]
