// Budgets: whose tokens one counts, how many, and over which window.

/**
 * The name budgets are keyed by: `claude`, `codex`, `pi`, or a plugin's own, whose tokens count; or `USD`. No provider
 * may have that name.
 */
export type ProviderName = string

/**
 * A budget of money: what the requests to all providers cost together. Wherever a limit, its use or a reservation is
 * of this name, its `…Tokens` are micro-dollars (docs/decisions/0090-money-is-a-budget-of-its-own-name.md).
 */
export const USD: ProviderName = "usd"

/** Of the numbers of a budget of this name, in `--json`. */
export function unitOf(name: ProviderName): "tokens" | "micro_usd" {
  return name === USD ? "micro_usd" : "tokens"
}

export const SCOPE_KINDS = ["run", "agent", "bottle", "host", "fleet"] as const
export type ScopeKind = (typeof SCOPE_KINDS)[number]

/** One counter's owner. `key` is the slug, the agent's or the bottle's name; `""` for the host and the fleet. */
export interface Scope {
  readonly kind: ScopeKind
  readonly key: string
}

export const HOST_SCOPE: Scope = { kind: "host", key: "" }
/** Every host of a shared ledger. */
export const FLEET_SCOPE: Scope = { kind: "fleet", key: "" }

export const WINDOWS = ["total", "hour", "day", "week", "month"] as const
/** Calendar windows are local time; `total` runs until the operator resets it. */
export type Window = (typeof WINDOWS)[number]

/**
 * Strongest first. A stronger source replaces a weaker one for the same scope and provider. A flag exists only at
 * a run's own scope, and what an operator sets there comes after the launch that carried the flag.
 */
export const LIMIT_SOURCES = ["operator", "flag", "manifest", "settings"] as const
export type LimitSource = (typeof LIMIT_SOURCES)[number]

export interface BudgetLimit {
  readonly scope: Scope
  readonly provider: ProviderName
  readonly limitTokens: number
  readonly window: Window
  readonly source: LimitSource
}

export const GATES = ["off", "reserve"] as const
export type Gate = (typeof GATES)[number]

export const SHUTDOWN_POLICIES = ["cutoff", "freeze", "kill"] as const
/** The action on a run whose budget is spent. */
export type ShutdownPolicy = (typeof SHUTDOWN_POLICIES)[number]

/** How fast requests may be made. Absent: as fast as they come. */
export interface FanOut {
  /** Requests that are open at once. */
  readonly parallel?: number
  readonly requestsPerMinute?: number
  /** In micro-dollars: while the last minute cost less, another request may leave. */
  readonly spendPerMinute?: number
}

/** Counts the requests of every run of its scope on this host. Unlike of budgets, every scope's limits bind. */
export interface FanOutLimit extends FanOut {
  readonly scope: Scope
}

/** Everything about budgets that is fixed when a run starts. Operator-set limits live in the ledger. */
export interface RunBudgets {
  /** Nearest first: run, agent, bottles (last composed first, then ancestors), host. A shared ledger adds the fleet. */
  readonly chain: readonly Scope[]
  /** Limits from `--budget`, manifests and settings.yml. */
  readonly declared: readonly BudgetLimit[]
  /** Host-scope limits that bind whatever the nearest budget says. */
  readonly ceilings: readonly BudgetLimit[]
  /** Absent: nothing limits how fast requests are made. */
  readonly fanOut?: readonly FanOutLimit[]
  readonly gate: Gate
  /** Before reserving, the provider is asked what the input counts; where it does not say, the estimate stands. */
  readonly gateExact?: boolean
  /** 0..1: what one cached input token charges. */
  readonly cacheReadWeight: number
  readonly policy: ShutdownPolicy
}
