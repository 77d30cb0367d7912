// Which asks are one question.

import type { Ask } from "@bot-bottle/contracts"

/**
 * Two asks with the same subject are one question. A held request is asked about by its host alone,
 * so that a thousand of them ask once.
 */
export function subjectOf(ask: Ask): string {
  switch (ask.kind) {
    case "hold":
      return JSON.stringify(["hold", ask.cause, ask.host, ask.port, ask.scheme ?? "https", ask.detector ?? null])
    case "route":
      return JSON.stringify(["route", ask.host, ask.methods ?? null, ask.paths ?? null])
    case "budget":
      return JSON.stringify(["budget", ask.provider])
    case "tool":
      return JSON.stringify(["tool", ask.package])
  }
}
