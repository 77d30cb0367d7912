// The operator's choice of what to look at. With the view and the time it decides every cell of the
// screen; nothing else does.

import type { RequestRow, RunRow, RunStatus, Slug } from "@bot-bottle/contracts"
import type { KeyChoices, Page } from "./keys/keys.ts"

export const SORTS = ["start", "label", "status", "budget", "rate", "denied", "last"] as const
export type Sort = (typeof SORTS)[number]
export const GROUPS = ["none", "agent", "bottle", "provider"] as const
export type Group = (typeof GROUPS)[number]
export const USAGE_KEYS = ["model", "agent", "bottle", "provider", "run"] as const
export type UsageBy = (typeof USAGE_KEYS)[number]
export const TABS = ["requests", "denials", "history", "manifest", "provenance"] as const

/** One row of `usage --json`. */
export interface UsageFigure {
  readonly key: string
  readonly requests: number
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  readonly charged: number
  readonly costUsd: number | null
}

export interface Target {
  readonly slug: Slug
  readonly label: string
  /** As it was when the dialog opened: it refuses when that has changed. */
  readonly status: RunStatus
}

export interface ScopeChoice {
  /** As the command line writes it: `agent:implementer`. */
  readonly scope: string
  readonly provider: string
  readonly window: string
  readonly limit: number | null
  /** Null where nothing counts it yet: no limit has this scope. */
  readonly used: number | null
  /** Other live runs that count against it. */
  readonly sharedBy: number
}

interface DialogBase {
  readonly openedAtMs: number
  readonly targets: readonly Target[]
}

export type Dialog = DialogBase &
  (
    | { readonly kind: "confirm"; readonly action: "cutoff" | "restore" | "freeze" }
    | { readonly kind: "kill"; readonly typed: string }
    | {
        readonly kind: "budget"
        readonly choices: readonly ScopeChoice[]
        readonly chosen: number
        readonly typed: string
        readonly problem: string | undefined
      }
    | { readonly kind: "forward"; readonly typed: string }
    | {
        readonly kind: "answer"
        readonly question: number
        /** The ask in one line. */
        readonly line: string
        readonly decision: "once" | "run" | "reject"
        /** The operator's reason. */
        readonly typed: string
      }
  )

export interface Notice {
  readonly text: string
  readonly hint: string | undefined
  readonly isProblem: boolean
  /** A problem stays until a key is pressed. */
  readonly untilMs: number
}

export interface ScreenState {
  readonly page: Page
  /** Where `back` leads. */
  readonly from: Page
  readonly selected: string | undefined
  /** The run that the key for the next one in trouble selected last. */
  readonly alerted: string | undefined
  readonly tab: number
  readonly scroll: number
  readonly filter: string
  readonly isFiltering: boolean
  readonly sort: Sort
  readonly isReversed: boolean
  readonly group: Group
  readonly folded: readonly string[]
  readonly marked: readonly Slug[]
  readonly showsPast: boolean
  readonly past: readonly RunRow[]
  /** Of past runs that were opened. */
  readonly pastRequests: ReadonlyMap<Slug, readonly RequestRow[]>
  /** The order as it was shown, held still for a moment after a key. */
  readonly heldOrder: readonly Slug[]
  readonly heldUntilMs: number
  readonly dialog: Dialog | undefined
  readonly notice: Notice | undefined
  readonly denial: string | undefined
  /** The number of the selected question. */
  readonly ask: number | undefined
  readonly usageBy: UsageBy
  readonly usage: {
    readonly days: readonly UsageFigure[]
    readonly rows: readonly UsageFigure[] | undefined
  }
  /** The pages of `info` and of the provenance of a run, once they were read. */
  readonly pages: ReadonlyMap<string, readonly string[]>
  /** Changed files that were never applied, of runs that may be killed. */
  readonly changes: ReadonlyMap<Slug, number>
  readonly isHeld: boolean
  readonly mouse: boolean
  readonly keys: KeyChoices
  readonly commands: ReadonlySet<string>
}

export const FIRST_STATE: ScreenState = {
  page: "overview",
  from: "overview",
  selected: undefined,
  alerted: undefined,
  tab: 0,
  scroll: 0,
  filter: "",
  isFiltering: false,
  sort: "start",
  isReversed: false,
  group: "none",
  folded: [],
  marked: [],
  showsPast: false,
  past: [],
  pastRequests: new Map(),
  heldOrder: [],
  heldUntilMs: 0,
  dialog: undefined,
  notice: undefined,
  denial: undefined,
  ask: undefined,
  usageBy: "model",
  usage: { days: [], rows: undefined },
  pages: new Map(),
  changes: new Map(),
  isHeld: false,
  mouse: true,
  keys: {},
  commands: new Set(),
}
