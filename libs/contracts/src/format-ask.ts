// One line about an ask, for tables, questions, screens and the log. The agent chose its text, so
// each control or hidden character becomes a mark.

import type { Ask, HoldProposal } from "./proposal.ts"
import { formatCount } from "./text/format.ts"
import { sanitizeLine } from "./text/terminal-text.ts"

export function formatAsk(ask: Ask): string {
  return sanitizeLine(wordsOf(ask))
}

function wordsOf(ask: Ask): string {
  switch (ask.kind) {
    case "route":
      return `${ask.methods === undefined ? "" : `${ask.methods.join(",")} `}${ask.host}${pathsOf(ask.paths)}`
    case "budget":
      return `${formatCount(ask.tokens)} more tokens of ${ask.provider}`
    case "tool":
      return ask.package
    case "hold":
      return `${ask.method === undefined ? "" : `${ask.method} `}${ask.scheme === "http" ? "http://" : ""}${ask.host}${portOf(ask)}${ask.path ?? ""}${matchOf(ask)}`
  }
}

function portOf({ port, scheme }: HoldProposal): string {
  return port === (scheme === "http" ? 80 : 443) ? "" : `:${port}`
}

/** A yes to a match is another thing than a yes to a host: its line says so. */
function matchOf({ cause, rule, detector }: HoldProposal): string {
  if (cause !== "dlp-match") return ""
  return `, with a match of ${detector ?? "a detector"}${rule === undefined ? "" : ` (${rule})`}`
}

function pathsOf(paths: readonly string[] | undefined): string {
  const [first, ...rest] = paths ?? []
  if (first === undefined) return ""
  return rest.length === 0 ? first : `{${[first, ...rest].join(",")}}`
}
