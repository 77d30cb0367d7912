// The state that people look at, as values: a host, its runs with their requests, its limits,
// denials and history. `apply-event.ts` makes it from the stream.

import type {
  AccountRow,
  AskRow,
  BudgetRow,
  DenialReason,
  RequestRow,
  RunRow,
  Slug,
  StepRow,
} from "@bot-bottle/contracts"
import type { Rate } from "./rates.ts"

export interface HostView {
  readonly connection: "waiting" | "live" | "trouble"
  readonly host: string
  readonly version: string
  readonly trouble: { readonly message: string; readonly hint: string | null } | undefined
  /** When the watcher last reported. */
  readonly heardAtMs: number
  readonly runs: ReadonlyMap<Slug, RunView>
  readonly budgets: ReadonlyMap<string, BudgetRow>
  /** By provider and id. */
  readonly accounts: ReadonlyMap<string, AccountRow>
  /** Of the whole host, by provider. */
  readonly rates: ReadonlyMap<string, Rate>
  readonly denials: ReadonlyMap<string, DenialView>
  /** Questions to the operator; the ones that have ended since we look stay, with their answer. */
  readonly asks: ReadonlyMap<number, AskView>
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  readonly pastRuns: number
}

export interface RunView extends RunRow {
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
  /** Newest first, the last MAX_REQUESTS of them. */
  readonly requests: readonly RequestView[]
  readonly rate: Rate
  /** Refused by the egress policy; requests that a budget refused are in `usage`. */
  readonly denied: number
  readonly pending: StepRow | undefined
  /** The newest step that we saw finish; it is not pending again. */
  readonly finishedStep: number
  /** When it last did anything that we saw. */
  readonly lastAtMs: number
}

export interface RequestView extends RequestRow {
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
}

export interface DenialView {
  readonly key: string
  readonly slug: Slug
  readonly reason: DenialReason
  readonly method: string | null
  readonly host: string
  readonly port: number
  readonly path: string | null
  readonly count: number
  readonly lastAtMs: number
  /** Counts as they were over the last minute, oldest first. */
  readonly recent: readonly { readonly atMs: number; readonly count: number }[]
}

export interface AskView extends AskRow {
  /** The ask in one safe line. */
  readonly line: string
  readonly askedAtMs: number
  readonly expiresAtMs: number
}

export interface HistoryEntry {
  readonly seq: number
  readonly atMs: number
  readonly slug: Slug | ""
  readonly action: string
  readonly actor: string
  readonly detail: Readonly<Record<string, unknown>>
}

export const EMPTY_VIEW: HostView = {
  connection: "waiting",
  host: "",
  version: "",
  trouble: undefined,
  heardAtMs: 0,
  runs: new Map(),
  budgets: new Map(),
  accounts: new Map(),
  rates: new Map(),
  denials: new Map(),
  asks: new Map(),
  history: [],
  pastRuns: 0,
}

export function budgetKey(row: Pick<BudgetRow, "scope" | "key" | "provider" | "is_ceiling">): string {
  const { scope, key, provider, is_ceiling } = row
  return `${scope}:${key} ${provider} ${is_ceiling ? "ceiling" : "limit"}`
}
