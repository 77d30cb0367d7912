// One line about an ask, for tables, questions, screens and the log. The agent chose its text, so
// each control or hidden character becomes a mark.

import { formatCount } from "./format.ts"
import type { Ask } from "./proposal.ts"
import { sanitizeLine } from "./terminal-text.ts"

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
      return `${ask.method === undefined ? "" : `${ask.method} `}${ask.host}${ask.port === 443 ? "" : `:${ask.port}`}${ask.path ?? ""}`
  }
}

function pathsOf(paths: readonly string[] | undefined): string {
  const [first, ...rest] = paths ?? []
  if (first === undefined) return ""
  return rest.length === 0 ? first : `{${[first, ...rest].join(",")}}`
}
