// The last line: the keys of this page, the filter while it is typed, or how an action ended.

import { type Frame, type Part, part } from "../frame.ts"
import { bold, fit, type Span, type Spot, span, widthOf } from "../line.ts"
import { listRows } from "../run-rows.ts"
import { counted, plain } from "../text.ts"
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
  const spans: Span[] = []
  const spots: Spot[] = []
  for (const { key, word } of wordsOf(frame)) {
    const next = [span(spans.length === 0 ? " " : "  "), bold(key, "accent"), span(` ${word}`, "dim")]
    if (widthOf(spans) + widthOf(next) > columns) break
    const from = widthOf(spans) + (spans.length === 0 ? 1 : 2)
    spans.push(...next)
    spots.push({ row: 0, from, to: widthOf(spans), does: { kind: "key", key } })
  }
  return part([{ spans }], spots)
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
