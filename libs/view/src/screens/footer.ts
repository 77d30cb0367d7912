// The last line: the keys of this page, the filter while it is typed, or how an action ended. A
// problem takes more lines when it needs them.

import { type Frame, type Part, part } from "../frame.ts"
import { bold, fit, type Line, line, type Span, type Spot, span, widthOf } from "../line.ts"
import { listRows, shownRuns } from "../run-rows.ts"
import type { Notice } from "../state.ts"
import { counted, cut, plain } from "../text.ts"
import { wrapped } from "./empty.ts"
import { wordsOf } from "./footer-words.ts"

export function footer(frame: Frame): Part {
  const { state, columns, nowMs } = frame
  if (state.isFiltering) return part([filterLine(frame)])
  if (state.notice !== undefined && nowMs < state.notice.untilMs) return part(noticeLines(state.notice, frame))
  const { spans, spots } = choiceSpans(frame)
  for (const { key, word } of wordsOf(frame)) {
    const next = [span(spans.length === 0 ? " " : "  "), bold(key, "accent"), span(` ${word}`, "dim")]
    if (widthOf(spans) + widthOf(next) > columns) break
    const from = widthOf(spans) + (spans.length === 0 ? 1 : 2)
    spans.push(...next)
    spots.push({ row: 0, from, to: widthOf(spans), does: { kind: "key", key } })
  }
  return part([{ spans }], spots)
}

/** A problem is read whole, with its hint: it takes the lines that it needs. */
function noticeLines(notice: Notice, { columns, rows, glyphs }: Frame): readonly Line[] {
  const text = plain(notice.text)
  const hint = notice.hint === undefined ? "" : plain(notice.hint)
  const spans = [span(` ${text}`, notice.isProblem ? "bad" : "ok"), span(hint === "" ? "" : `  ${hint}`, "dim")]
  if (!notice.isProblem || widthOf(spans) <= columns) return [fit({ spans }, columns, glyphs.ellipsis)]
  const most = Math.max(1, Math.floor(rows / MAX_NOTICE_SHARE))
  return [
    ...wrapped(text, columns - 2).map((each) => line(span(` ${each}`, "bad"))),
    ...wrapped(hint, columns - 2).map((each) => line(span(` ${each}`, "dim"))),
  ].slice(0, most)
}

/** Of the rows of the screen. */
const MAX_NOTICE_SHARE = 4

/** A filter that is kept hides runs, and marks change what a key acts on: both are said as long as they hold. */
function choiceSpans(frame: Frame): { readonly spans: Span[]; readonly spots: Spot[] } {
  const { state, view, nowMs, glyphs } = frame
  const { filter, marked } = state
  if (state.page !== "overview" || (filter.trim() === "" && marked.length === 0)) return { spans: [], spots: [] }
  const spans = [
    ...(filter.trim() === ""
      ? []
      : [
          bold(` / ${cut(plain(filter), 20, glyphs.ellipsis)}`, "warn"),
          span(
            ` ${shownRuns(view, state, nowMs).length} of ${shownRuns(view, { ...state, filter: "" }, nowMs).length}`,
          ),
        ]),
    ...(marked.length === 0 ? [] : [span(" "), bold(`${marked.length} marked`, "warn")]),
    span("  "),
    bold("esc", "accent"),
    span(" clear", "dim"),
  ]
  const to = widthOf(spans)
  return { spans, spots: [{ row: 0, from: to - 9, to, does: { kind: "key", key: "esc" } }] }
}

function filterLine(frame: Frame) {
  const { state, glyphs, columns } = frame
  const matches = listRows(frame.view, state, frame.nowMs).filter(({ kind }) => kind === "run").length
  const spans = [
    bold(" / ", "accent"),
    span(`${plain(state.filter)}${glyphs.caret}`),
    span(state.filter === "" ? " a word, is:cut, agent:x, tag:x" : "", "dim"),
    span(`   ${counted(matches, "match", "matches")}   `, "dim"),
    bold("enter", "accent"),
    span(" keep  ", "dim"),
    bold("esc", "accent"),
    span(" clear", "dim"),
  ]
  return fit({ spans }, columns, glyphs.ellipsis)
}
