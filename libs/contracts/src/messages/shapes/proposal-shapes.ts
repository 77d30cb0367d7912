// The shape of what an agent asks for. It comes out of a bottle, and out of the ledger again.
//
// Shape and size only: `libs/supervise` judges hosts, methods and paths.

import * as v from "valibot"
import {
  type Ask,
  type BudgetProposal,
  HOLD_CAUSES,
  type HoldProposal,
  type RouteProposal,
  type ToolProposal,
} from "../../proposal.ts"
import { type EntriesOf, listOf, name, nonEmptyText, wholeNumber } from "./bounds.ts"
import type { MessageSchema } from "./parse-message.ts"

/** In characters, of each text that a person reads. */
export const MAX_PROPOSAL_TEXT = 2_048
const MAX_LIST = 16

const method = () => v.pipe(v.string(), v.maxLength(32), v.regex(/^[A-Za-z]+$/, "an HTTP method"))
const host = () => nonEmptyText(260)
const path = () => nonEmptyText(1_024)

export const routeProposalSchema = v.object({
  kind: v.literal("route"),
  host: host(),
  methods: v.exactOptional(listOf(method(), MAX_LIST)),
  paths: v.exactOptional(listOf(path(), MAX_LIST)),
} satisfies EntriesOf<RouteProposal>)

export const budgetProposalSchema = v.object({
  kind: v.literal("budget"),
  provider: v.pipe(name(), v.minLength(1)),
  tokens: wholeNumber(1, 1_000_000_000_000),
} satisfies EntriesOf<BudgetProposal>)

export const toolProposalSchema = v.object({
  kind: v.literal("tool"),
  package: nonEmptyText(214),
} satisfies EntriesOf<ToolProposal>)

export const holdProposalSchema = v.object({
  kind: v.literal("hold"),
  cause: v.picklist(HOLD_CAUSES),
  host: host(),
  port: wholeNumber(1, 65_535),
  scheme: v.exactOptional(v.literal("http")),
  method: v.exactOptional(method()),
  path: v.exactOptional(path()),
  rule: v.exactOptional(nonEmptyText(512)),
  detector: v.exactOptional(nonEmptyText(128)),
} satisfies EntriesOf<HoldProposal>)

export const askSchema: MessageSchema<Ask> = v.variant("kind", [
  routeProposalSchema,
  budgetProposalSchema,
  toolProposalSchema,
  holdProposalSchema,
])

/** Longer than any ask that the schema accepts, spelled as JSON. */
export const MAX_ASK_JSON = 128 * 1024
