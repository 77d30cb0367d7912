// The help, made of the table of keys and nothing else.

import { type Frame, type Part, part, scrolled, stack } from "../frame.ts"
import type { Binding, Section } from "../keys/keys.ts"
import { BLANK, bold, fit, type Line, line, type Span, span, widthOf } from "../line.ts"
import { TABS } from "../state.ts"
import { padEnd } from "../text.ts"

const TITLES: Readonly<Record<Section, string>> = {
  move: "move",
  look: "look",
  run: "act on the selected run",
  screen: "screen",
}

export function helpPage(frame: Frame, rows: number): Part {
  const left = [...sectionLines("move", frame), BLANK, ...sectionLines("look", frame)]
  const right = [...sectionLines("run", frame), BLANK, ...sectionLines("screen", frame)]
  const half = Math.floor(frame.columns / 2)
  const lines =
    frame.columns < 76
      ? [...left, BLANK, ...right]
      : Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
          joined(left[index] ?? BLANK, right[index] ?? BLANK, half, frame.glyphs.ellipsis),
        )
  return stack(part([BLANK]), scrolled(lines, rows - 1, frame.state.scroll))
}

function joined(left: Line, right: Line, at: number, ellipsis: string): Line {
  const { spans } = fit(left, at - 1, ellipsis)
  const gap = at - widthOf(spans)
  return { spans: [...spans, span(" ".repeat(Math.max(1, gap))), ...right.spans] }
}

function sectionLines(section: Section, frame: Frame): readonly Line[] {
  const rows = merged(
    frame.bindings.filter((binding) => binding.section === section),
    frame,
  )
  return [
    line(bold(`  ${TITLES[section]}`)),
    ...rows.map(([keys, help]): Line => {
      const spans: Span[] = [span("    "), span(padEnd(keys, 10), "accent"), span(help)]
      return { spans }
    }),
  ]
}

/** Keys that stand together: arrows and their letters, the tabs. */
function merged(bindings: readonly Binding[], frame: Frame): readonly (readonly [string, string])[] {
  const keysOf = (action: string) => bindings.find((binding) => binding.action === action)?.keys ?? []
  const firstOf = (action: string) => keysOf(action).slice(0, 1)
  const arrows: Readonly<Record<string, string>> = frame.glyphs.isAscii
    ? {}
    : { up: "↑", down: "↓", left: "←", right: "→" }
  const shown = (keys: readonly string[]) => keys.map((key) => arrows[key] ?? key).join(" ")
  return bindings.flatMap((binding): readonly (readonly [string, string])[] => {
    switch (binding.action) {
      case "down":
        return [
          [shown([...firstOf("up"), ...firstOf("down"), ...binding.keys.slice(1), ...keysOf("up").slice(1)]), "select"],
        ]
      case "page-down":
        return [[shown([...firstOf("page-up"), ...firstOf("page-down")]), "a page"]]
      case "first":
        return [[shown([...firstOf("first"), ...firstOf("last")]), "first, last"]]
      case "sort":
        return [[shown([...binding.keys, ...keysOf("turn-sort")]), binding.help]]
      case "fold":
        return [[shown([...firstOf("fold"), ...firstOf("unfold")]), binding.help]]
      case "up":
      case "unfold":
      case "page-up":
      case "last":
      case "tab-2":
      case "tab-3":
      case "tab-4":
      case "tab-5":
        return []
      case "approve-once": {
        const others = ["approve-run", "approve-always", "reject"] as const
        return [[shown([...firstOf("approve-once"), ...others.flatMap(firstOf)]), binding.help]]
      }
      case "tab-1":
        return [[`${binding.keys[0]} - ${firstOf(`tab-${TABS.length}`)[0] ?? ""}`, "tabs of a run"]]
      default:
        return binding.help === "" ? [] : [[shown(binding.keys), binding.help]]
    }
  })
}
