// Requests of the screen to the process that started it. An action is a command of the command
// line: what a dialog shows is what will be run, word for word.

import { formatUsd, type ProviderName, type Slug, USD } from "@bot-bottle/contracts"
import type { HostView } from "../host-view.ts"
import type { Dialog, ScreenState, UsageBy } from "../state.ts"

export type Intent =
  /** Runs beside the picture, once for each argv, one after the other. */
  | { readonly kind: "run"; readonly commands: readonly (readonly string[])[] }
  /** Need the terminal: the screen steps aside. */
  | { readonly kind: "terminal"; readonly commands: readonly (readonly string[])[] }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "read-usage"; readonly by: UsageBy }
  | { readonly kind: "read-past"; readonly after: Slug | null }
  | { readonly kind: "read-changes"; readonly slug: Slug }
  | { readonly kind: "read-requests"; readonly slug: Slug }
  | { readonly kind: "read-page"; readonly slug: Slug; readonly page: "manifest" | "provenance" }
  | { readonly kind: "mouse"; readonly on: boolean }
  | { readonly kind: "repaint" }
  | { readonly kind: "shell" }
  | { readonly kind: "quit" }

export interface Pressed {
  readonly state: ScreenState
  readonly intents: readonly Intent[]
}

export interface KeyContext {
  readonly view: HostView
  readonly nowMs: number
  /** Rows that a page key moves by. */
  readonly pageRows: number
  /** Of the page as it is shown. */
  readonly maxScroll: number
}

/** The scope of a budget dialog for several runs: each gets a limit of its own. */
export const EACH_RUN = "each run"

/** Undefined while the dialog has not been filled in. */
export function commandsOf(dialog: Dialog): readonly (readonly string[])[] | undefined {
  const slugs = dialog.targets.map(({ slug }) => slug)
  switch (dialog.kind) {
    case "confirm":
      return slugs.map((slug) => [dialog.action, slug])
    case "kill":
      return slugs.map((slug) => ["kill", slug])
    case "forward":
      return /^\d{1,5}(:\d{1,5})?$/.test(dialog.typed)
        ? slugs.map((slug) => ["forward", slug, dialog.typed])
        : undefined
    case "answer":
      return answerCommand(dialog)
    case "budget": {
      const choice = dialog.choices[dialog.chosen]
      const limit = choice === undefined ? undefined : newLimit(choice.provider, dialog.typed, choice.limit ?? 0)
      if (choice === undefined || limit === undefined) return undefined
      const window = choice.window === "total" ? [] : ["--window", choice.window]
      if (choice.scope !== EACH_RUN)
        return [["budget", "set", choice.scope, choice.provider, limitWord(choice.provider, limit), ...window]]
      // Their limits differ, so that the command adds to each.
      const typed = dialog.typed.trim()
      const word = typed.startsWith("+") ? typed : limitWord(choice.provider, limit)
      return slugs.map((slug) => ["budget", "set", `run:${slug}`, choice.provider, word, ...window])
    }
  }
}

/** A rejection wants a reason: the agent reads it. One word holds it, so that no text of it is an option. */
function answerCommand({ question, decision, typed }: Dialog & { kind: "answer" }) {
  const reason = typed.trim()
  const given = reason === "" ? [] : [`--reason=${reason}`]
  if (decision !== "reject") return [["supervise", "approve", `${question}`, "--for", decision, ...given]]
  return reason === "" ? undefined : [["supervise", "reject", `${question}`, ...given]]
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, m: 1e6, G: 1e9, g: 1e9 }

/** In dollars for money, as `budget set` reads it. */
function limitWord(name: ProviderName, limit: number): string {
  return name === USD ? formatUsd(limit).replaceAll(/[$,]/g, "") : `${limit}`
}

/** `3M`, `500k`, `2500000`, or `+1M` on top of what it is; for money dollars, as `5`, `2.50` or `+1`. */
export function newLimit(name: ProviderName, typed: string, limit: number): number | undefined {
  if (name === USD) return newMoney(typed, limit)
  const [, plus, number = "", unit = ""] = /^(\+?)(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(typed.trim()) ?? []
  if (number === "") return undefined
  const tokens = Math.round(Number(number) * (UNITS[unit === "K" ? "k" : unit] ?? Number.NaN))
  const wanted = plus === "+" ? limit + tokens : tokens
  return Number.isSafeInteger(wanted) ? wanted : undefined
}

function newMoney(typed: string, limit: number): number | undefined {
  const [, plus, dollars = "", fraction = ""] = /^(\+?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(typed.trim()) ?? []
  if (dollars === "") return undefined
  const microUsd = Number(dollars) * 1_000_000 + Number(fraction.padEnd(6, "0"))
  return plus === "+" ? limit + microUsd : microUsd
}

export function showCommand(command: readonly string[]): string {
  return [
    "bot-bottle",
    ...command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)),
  ].join(" ")
}
