// The questions of a launch, put to the person at the terminal.

import type { Answer as NotedAnswer } from "@bot-bottle/contracts"
import { type Ask, type LaunchSurvey, type PreflightFacts, surveyLaunch } from "@bot-bottle/control"
import type { Host } from "../host.ts"
import { preflightLines } from "../messages/preflight.ts"
import { shortPreflight } from "../messages/short-preflight.ts"
import { askHidden, askKey, showPanel } from "../terminal/pickers.ts"
import { wrapText } from "../terminal/wrap-text.ts"

export interface PersonOptions {
  /** The typed answers, for a launcher in the background that cannot ask. */
  readonly noted: NotedAnswer[]
  /** The flags said yes. */
  readonly isConfirmed: boolean
  /** Aborted when the terminal is closed: a question to nobody must not stay open. */
  readonly signal: AbortSignal
}

export function askPerson({ env, screen }: Host, { noted, isConfirmed, signal }: PersonOptions): Ask {
  return async (question) => {
    switch (question.kind) {
      case "bottle-value": {
        const { prompt } = question
        const text = await askHidden(prompt, { check: () => undefined, signal })
        if (text === undefined) return { outcome: "no" }
        noted.push({ prompt, text })
        return { outcome: "text", text }
      }
      case "launch": {
        const shown = { facts: question.facts, survey: await surveyLaunch(env, question.facts.launch) }
        showShort(screen, shown)
        return isConfirmed || (await askStart(screen, shown, signal)) ? { outcome: "yes" } : { outcome: "no" }
      }
    }
  }
}

/** Room that clack's frame and our titles take. */
const FRAME = 6
const TITLE = 9

interface Shown {
  readonly facts: PreflightFacts
  readonly survey: LaunchSurvey
}

function showShort({ paint, width }: Host["screen"], { facts, survey }: Shown): void {
  const { lines, alarms, unusual } = shortPreflight(facts, survey)
  const room = width - FRAME
  const fit = (line: string) => wrapText(line, { width: room, hang: TITLE })
  showPanel(facts.resumes === undefined ? "Ready to start" : "Ready to resume", [
    ...lines.flatMap(([title, text]) => fit(`${title.padEnd(TITLE)}${text}`)),
    ...alarms.flatMap(fit).map((line) => paint.named("red", line)),
    ...unusual.flatMap(fit).map((line) => paint.named("yellow", line)),
  ])
}

async function askStart(screen: Host["screen"], { facts, survey }: Shown, signal: AbortSignal): Promise<boolean> {
  const message = facts.resumes === undefined ? "Start?" : "Resume?"
  for (;;) {
    const key = await askKey(
      message,
      [
        { value: "y", label: "yes (Enter)" },
        { value: "n", label: "no" },
        { value: "d", label: "details" },
      ],
      signal,
    )
    if (key !== "d") return key === "y"
    showPanel("Details", preflightLines(facts, survey, screen.width - FRAME))
  }
}
