// Pages without a list: nothing runs, the ledger cannot be read, the first answer is on its way.

import { type Frame, type Part, part } from "../frame.ts"
import { keyFor } from "../keys/keys.ts"
import { BLANK, bold, type Line, line, span, widthOf } from "../line.ts"
import { cellsOf, counted } from "../text.ts"

export function emptyPage(frame: Frame, rows: number): Part {
  const { pastRuns } = frame.view
  const key = keyFor(frame.bindings, "past")
  const lines = [
    line(bold("Nothing is running.")),
    BLANK,
    line(span("start a run     ", "dim"), span("bot-bottle start")),
    line(span("see it work     ", "dim"), span("bot-bottle demo")),
    ...(pastRuns === 0
      ? []
      : [
          BLANK,
          line(
            span(counted(pastRuns, "past run"), "dim"),
            ...(key === undefined ? [] : [span("   "), bold(key, "accent"), span(" shows them", "dim")]),
          ),
        ]),
  ]
  return part(centered(lines, frame.columns, rows))
}

export function waitingPage(frame: Frame, rows: number): Part {
  return part(centered([line(span("Reading the ledger.", "dim"))], frame.columns, rows))
}

export function troublePage(frame: Frame, rows: number): Part {
  const { message = "", hint } = frame.view.trouble ?? {}
  const width = Math.min(88, frame.columns - 8)
  const lines = [
    line(bold("The ledger cannot be read.", "bad")),
    BLANK,
    ...wrapped(message, width).map((text) => line(span(text))),
    ...(hint === undefined || hint === null
      ? []
      : [BLANK, ...wrapped(hint, width).map((text) => line(span(text, "accent")))]),
    BLANK,
    ...wrapped(
      "Runs keep running. A proxy that cannot write to it refuses metered requests. Trying again every 2 s.",
      width,
    ).map((text) => line(span(text, "dim"))),
  ]
  return part(centered(lines, frame.columns, rows))
}

function centered(lines: readonly Line[], columns: number, rows: number): readonly Line[] {
  const width = Math.max(...lines.map(({ spans }) => widthOf(spans)))
  const left = " ".repeat(Math.max(1, Math.floor((columns - width) / 2)))
  const above = Math.max(0, Math.floor((rows - lines.length) / 2) - 1)
  return [
    ...Array<Line>(above).fill(BLANK),
    ...lines.map(({ spans }) => (spans.length === 0 ? BLANK : line(span(left), ...spans))),
  ]
}

export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let current = ""
  for (const word of text.split(/\s+/)) {
    if (current !== "" && cellsOf(current) + 1 + cellsOf(word) > width) {
      lines.push(current)
      current = ""
    }
    current = current === "" ? word : `${current} ${word}`
  }
  return current === "" ? lines : [...lines, current]
}
