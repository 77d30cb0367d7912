// Usage as a provider stated it, before it is decided what can be charged by it.
//
// Servers repeat running totals, state a part of the fields, or put something else where a count
// belongs. So each count is a number, unusable, or not there, and statements are never added up.

import { asObject, type JsonObject, NO_USAGE, type Usage } from "@bot-bottle/contracts"

/** `unusable`: something stood there that is not a count. */
export type StatedCount = number | "unusable" | undefined

export interface StatedUsage {
  /** Without what came from a cache and what was written to one. */
  readonly inputTokens: StatedCount
  readonly cacheReadTokens: StatedCount
  readonly cacheWriteTokens: StatedCount
  /** The ones that are kept for an hour. */
  readonly cacheWriteHourTokens: StatedCount
  readonly outputTokens: StatedCount
  readonly reasoningTokens: StatedCount
  /** Of all kinds; most formats name none. */
  readonly totalTokens: StatedCount
  /** In the provider's own word. */
  readonly serviceTier: string | undefined
}

export const NOTHING_STATED: StatedUsage = {
  inputTokens: undefined,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  cacheWriteHourTokens: undefined,
  outputTokens: undefined,
  reasoningTokens: undefined,
  totalTokens: undefined,
  serviceTier: undefined,
}

export function readCount(value: unknown): StatedCount {
  if (value == null) return undefined
  // Some gateways write numbers as text.
  const count = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : "unusable"
}

/** The largest count among `names`; servers write the same field under several. */
export function readLargest(fields: JsonObject, names: readonly string[]): StatedCount {
  return names.map((name) => readCount(fields[name])).reduce<StatedCount>(largerOf, undefined)
}

export function numberOf(count: StatedCount): number {
  return typeof count === "number" ? count : 0
}

export function inputOf(stated: StatedUsage): number {
  return numberOf(stated.inputTokens) + numberOf(stated.cacheReadTokens) + numberOf(stated.cacheWriteTokens)
}

/**
 * Both statements in one; `before` itself when the later one adds nothing. The larger total wins. A later statement
 * that splits the same input otherwise is right about all kinds of input; a later zero takes nothing back.
 */
export function raiseStated(before: StatedUsage, later: StatedUsage): StatedUsage {
  const overlaid = {
    inputTokens: overlay(before.inputTokens, later.inputTokens),
    cacheReadTokens: overlay(before.cacheReadTokens, later.cacheReadTokens),
    cacheWriteTokens: overlay(before.cacheWriteTokens, later.cacheWriteTokens),
  }
  const input = inputOf({ ...before, ...overlaid }) >= inputOf(before) ? overlaid : {}
  const after = {
    ...before,
    ...input,
    cacheWriteHourTokens: largerOf(before.cacheWriteHourTokens, later.cacheWriteHourTokens),
    outputTokens: largerOf(before.outputTokens, later.outputTokens),
    reasoningTokens: largerOf(before.reasoningTokens, later.reasoningTokens),
    totalTokens: largerOf(before.totalTokens, later.totalTokens),
    serviceTier: later.serviceTier ?? before.serviceTier,
  }
  return FIELDS.every((field) => before[field] === after[field]) ? before : after
}

export function usageOf(stated: StatedUsage): Usage {
  const usage = {
    inputTokens: numberOf(stated.inputTokens),
    cacheReadTokens: numberOf(stated.cacheReadTokens),
    cacheWriteTokens: numberOf(stated.cacheWriteTokens),
    outputTokens: numberOf(stated.outputTokens),
    reasoningTokens: numberOf(stated.reasoningTokens),
  }
  return Object.values(usage).every((tokens) => tokens === 0) ? NO_USAGE : usage
}

/** The values at `path` in a parsed event: `usage`, `choices[].delta.usage`, `x_*.usage`. */
export function valuesAt(event: JsonObject, path: string): readonly unknown[] {
  return path
    .split(".")
    .reduce<readonly unknown[]>(
      (values, step) => values.flatMap((value) => childrenAt(asObject(value) ?? {}, step)),
      [event],
    )
}

function childrenAt(parent: JsonObject, step: string): readonly unknown[] {
  if (step.endsWith("*")) {
    const names = Object.keys(parent).filter((name) => name.startsWith(step.slice(0, -1)))
    return names.map((name) => parent[name])
  }
  const isList = step.endsWith("[]")
  const child = parent[isList ? step.slice(0, -2) : step]
  if (isList) return Array.isArray(child) ? child : []
  return child === undefined ? [] : [child]
}

const FIELDS = Object.keys(NOTHING_STATED) as readonly (keyof StatedUsage)[]

function overlay(before: StatedCount, later: StatedCount): StatedCount {
  if (typeof later === "number") return later
  return typeof before === "number" ? before : (later ?? before)
}

function largerOf(one: StatedCount, other: StatedCount): StatedCount {
  if (typeof one === "number") return typeof other === "number" && other > one ? other : one
  return typeof other === "number" ? other : (one ?? other)
}
