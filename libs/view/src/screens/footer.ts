// The last line: the keys of this page, the filter while it is typed, or how an action ended.

import { type Frame, type Part, part } from "../frame.ts"
import { bold, fit, type Span, type Spot, span, widthOf } from "../line.ts"
import { listRows, shownRuns } from "../run-rows.ts"
import { counted, cut, plain } from "../text.ts"
import { wordsOf } from "./footer-words.ts"

export function footer(frame: Frame): Part {
  const { state, glyphs, columns, nowMs } = frame
  if (state.isFiltering) return part([filterLine(frame)])
  if (state.notice !== undefined && nowMs < state.notice.untilMs) {
    const { text, hint, isProblem } = state.notice
    const spans = [
      span(` ${plain(text)}`, isProblem ? "bad" : "ok"),
      ...(hint === undefined ? [] : [span(`  ${plain(hint)}`, "dim")]),
    ]
    return part([fit({ spans }, columns, glyphs.ellipsis)])
  }
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
    span(`   ${counted(matches, "match", "matches")}   `, "dim"),
    bold("enter", "accent"),
    span(" keep  ", "dim"),
    bold("esc", "accent"),
    span(" clear", "dim"),
  ]
  return fit({ spans }, columns, glyphs.ellipsis)
}
