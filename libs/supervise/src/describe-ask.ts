// One line about an ask, for tables, questions and the log. The agent chose its text, so each
// control or hidden character becomes a mark.

import { type Ask, formatCount, sanitizeLine } from "@bot-bottle/contracts"

export function describeAsk(ask: Ask): string {
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

/**
 * Two asks with the same subject are one question. A held request is asked about by its host alone,
 * so that a thousand of them ask once.
 */
export function subjectOf(ask: Ask): string {
  switch (ask.kind) {
    case "hold":
      return JSON.stringify(["hold", ask.cause, ask.host, ask.port])
    case "route":
      return JSON.stringify(["route", ask.host, ask.methods ?? null, ask.paths ?? null])
    case "budget":
      return JSON.stringify(["budget", ask.provider])
    case "tool":
      return JSON.stringify(["tool", ask.package])
  }
}
