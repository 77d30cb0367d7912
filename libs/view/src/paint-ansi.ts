// Lines as text for a terminal or a log: SGR sequences and nothing else, each line whole by itself.

import type { Line, Span } from "./line.ts"
import { type Style, styleOf, type Theme } from "./palette.ts"

export type AnsiTheme = Theme | "plain"

/** `plain` for files and pipes: no sequence at all. */
export function paintAnsi(lines: readonly Line[], theme: AnsiTheme): readonly string[] {
  if (theme === "plain")
    return lines.map(({ spans }) =>
      spans
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    )
  return lines.map((line) => line.spans.map((span) => paintSpan(span, line, theme)).join(""))
}

function paintSpan(span: Span, { faded }: Line, theme: Theme): string {
  const codes = sgrOf(styleOf(faded ? { text: span.text, role: "dim" } : span, theme))
  return codes.length === 0 ? span.text : `\x1b[${codes.join(";")}m${span.text}\x1b[0m`
}

function sgrOf({ color, isBold, isDim }: Style): readonly (number | string)[] {
  return [...(isBold ? [1] : []), ...(isDim ? [2] : []), ...colorCodes(color)]
}

function colorCodes(color: Style["color"]): readonly (number | string)[] {
  if (color === "default") return []
  if (typeof color === "number") return [30 + color]
  const [, red = "0", green = "0", blue = "0"] = /^#(..)(..)(..)$/.exec(color) ?? []
  return [38, 2, ...[red, green, blue].map((part) => Number.parseInt(part, 16))]
}
