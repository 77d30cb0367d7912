// The shape of budgets, inside the messages that carry them.

import * as v from "valibot"
import {
  type BudgetLimit,
  type FanOutLimit,
  GATES,
  LIMIT_SOURCES,
  type RunBudgets,
  SCOPE_KINDS,
  type Scope,
  SHUTDOWN_POLICIES,
  WINDOWS,
} from "../../spend/budget.ts"
import { count, type EntriesOf, listOf, name, wholeNumber } from "./bounds.ts"
import type { MessageSchema } from "./parse-message.ts"

export const scopeSchema: MessageSchema<Scope> = v.object({
  kind: v.picklist(SCOPE_KINDS),
  key: name(),
} satisfies EntriesOf<Scope>)

const budgetLimitSchema: MessageSchema<BudgetLimit> = v.object({
  scope: scopeSchema,
  provider: name(),
  limitTokens: count(),
  window: v.picklist(WINDOWS),
  source: v.picklist(LIMIT_SOURCES),
} satisfies EntriesOf<BudgetLimit>)

const rate = () => v.exactOptional(wholeNumber(1, Number.MAX_SAFE_INTEGER))

const fanOutSchema: MessageSchema<FanOutLimit> = v.object({
  scope: scopeSchema,
  parallel: rate(),
  requestsPerMinute: rate(),
  spendPerMinute: rate(),
} satisfies EntriesOf<FanOutLimit>)

/** A bottle extends others, each with limits for every provider. */
const MAX_LIMITS = 1_000

export const runBudgetsSchema: MessageSchema<RunBudgets> = v.object({
  chain: listOf(scopeSchema, MAX_LIMITS),
  declared: listOf(budgetLimitSchema, MAX_LIMITS),
  ceilings: listOf(budgetLimitSchema, MAX_LIMITS),
  fanOut: v.exactOptional(listOf(fanOutSchema, MAX_LIMITS)),
  gate: v.picklist(GATES),
  gateExact: v.exactOptional(v.boolean()),
  cacheReadWeight: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  policy: v.picklist(SHUTDOWN_POLICIES),
} satisfies EntriesOf<RunBudgets>)
