// Draws the README's picture of the dashboard, docs/dashboard.svg, from the screen itself: the
// same lines, the same colors. `dashboard-picture.test.ts` fails when the file is out of date.
//
//   bun tools/dashboard-picture.ts

import { join } from "node:path"
import {
  applyEvent,
  cellsOf,
  drawScreen,
  EMPTY_VIEW,
  FIRST_STATE,
  type Line,
  type Span,
  styleOf,
} from "@bot-bottle/view"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { ROOT } from "./sources.ts"

export const PICTURE = join(ROOT, "docs/dashboard.svg")

const COLUMNS = 140
const ROWS = 32
const CELL = { width: 8, height: 17 }
const MARGIN = 14
const TEXT = "#dcdfe6"
const BACKGROUND = "#16181d"
const COMMANDS = ["cutoff", "restore", "freeze", "resume", "kill", "budget", "attach", "logs", "info", "edit", "allow"]

export function drawPicture(): string {
  const view = sampleEvents().reduce(applyEvent, EMPTY_VIEW)
  const state = { ...FIRST_STATE, commands: new Set(COMMANDS) }
  const size = { columns: COLUMNS, rows: ROWS }
  const { lines } = drawScreen({ view, state, nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, ...size, glyphs: "unicode" })
  const width = COLUMNS * CELL.width + 2 * MARGIN
  const height = ROWS * CELL.height + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The dashboard: ten runs, their budgets, and the requests of one">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" xml:space="preserve">`,
    ...lines.flatMap(drawLine),
    "</g>",
    "</svg>",
    "",
  ].join("\n")
}

function drawLine(line: Line, row: number): readonly string[] {
  const y = MARGIN + row * CELL.height
  const drawn: string[] = line.selected
    ? [`<rect x="${MARGIN}" y="${y}" width="${COLUMNS * CELL.width}" height="${CELL.height}" fill="#232833"/>`]
    : []
  let column = 0
  for (const span of line.spans) {
    drawn.push(...drawSpan(span, MARGIN + column * CELL.width, y))
    column += cellsOf(span.text)
  }
  return drawn
}

/** Letters as text, one piece for each stretch without blanks; bars and graphs as rectangles, which no font misplaces. */
function drawSpan(span: Span, x: number, y: number): readonly string[] {
  const { color, isBold } = styleOf(span, "dark")
  const fill = color === "default" ? TEXT : String(color)
  const drawn: string[] = []
  let at = 0
  for (const [piece = ""] of span.text.matchAll(
    /[▁▂▃▄▅▆▇█]+|[━╸╍─▌]+|[^ ▁▂▃▄▅▆▇█━╸╍─▌]+(?: [^ ▁▂▃▄▅▆▇█━╸╍─▌]+)*| +/gu,
  )) {
    const left = x + at * CELL.width
    const width = cellsOf(piece) * CELL.width
    if (/^[▁-█]/u.test(piece) || /^[━╸╍─▌]/u.test(piece))
      drawn.push(...[...piece].flatMap((glyph, index) => drawGlyph(glyph, left + index * CELL.width, y, fill)))
    else if (piece.trim() !== "") {
      const bold = isBold ? ' font-weight="bold"' : ""
      drawn.push(
        `<text x="${left}" y="${y + 13}" fill="${fill}" textLength="${width}"${bold}>${escapeXml(piece)}</text>`,
      )
    }
    at += cellsOf(piece)
  }
  return drawn
}

const LEVELS = [..."▁▂▃▄▅▆▇█"]

function drawGlyph(glyph: string, x: number, y: number, fill: string): readonly string[] {
  const rect = (left: number, top: number, width: number, height: number) =>
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${fill}"/>`
  const middle = y + 8
  const level = LEVELS.indexOf(glyph)
  if (level >= 0) {
    const height = Math.round(((level + 1) / LEVELS.length) * (CELL.height - 2))
    return [rect(x, y + CELL.height - 1 - height, CELL.width - 1, height)]
  }
  switch (glyph) {
    case "━":
      return [rect(x, middle, CELL.width, 3)]
    case "╸":
      return [rect(x, middle, CELL.width / 2, 3)]
    case "╍":
      return [rect(x, middle, 3, 3), rect(x + 4, middle, 3, 3)]
    case "▌":
      return [rect(x, y, 3, CELL.height)]
    default:
      return [rect(x, middle + 1, CELL.width, 1)]
  }
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

if (import.meta.main) await Bun.write(PICTURE, drawPicture())
