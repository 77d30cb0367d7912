// The questions of a launch, put to the person at the terminal.

import type { Answer as NotedAnswer } from "@bot-bottle/contracts"
import type { Ask } from "@bot-bottle/control"
import { preflightLines } from "../messages/preflight.ts"
import { askHidden, askYesNo, showPanel } from "../terminal/pickers.ts"

/** The typed answers are kept in `noted`, for a launcher in the background that has nobody to ask. */
export function askPerson(noted: NotedAnswer[]): Ask {
  return async (question) => {
    switch (question.kind) {
      case "bottle-value": {
        const { prompt } = question
        const text = await askHidden(prompt)
        if (text === undefined) return { outcome: "no" }
        noted.push({ prompt, text })
        return { outcome: "text", text }
      }
      case "launch":
        showPanel("about to launch", preflightLines(question.facts))
        return (await askYesNo("Launch it?")) === true ? { outcome: "yes" } : { outcome: "no" }
    }
  }
}
