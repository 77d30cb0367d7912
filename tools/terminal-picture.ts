// A terminal's screen as SVG: letters as text, bars and graphs as rectangles, which no font
// misplaces. Knows no dashboard: it draws the cells of an emulator.

import type { IBufferCell, Terminal } from "@xterm/headless"

export interface PictureOptions {
  /** Describes the picture to readers that do not see it. */
  readonly label: string
  readonly text: string
  readonly background: string
  /** The sixteen colors that a terminal chooses itself. */
  readonly palette: readonly string[]
}

interface Piece {
  readonly column: number
  readonly width: number
  readonly text: string
  readonly fill: string
  readonly isBold: boolean
}

const CELL = { width: 8, height: 17 }
const MARGIN = 14
const GRAPHIC = /^[▁-█━╸╍─▌]$/u

export function drawTerminal(terminal: Terminal, options: PictureOptions): string {
  const width = terminal.cols * CELL.width + 2 * MARGIN
  const height = terminal.rows * CELL.height + 2 * MARGIN
  const rows = Array.from({ length: terminal.rows }, (_, row) => row)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(options.label)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${options.background}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" xml:space="preserve">`,
    ...rows.flatMap((row) => drawRow(terminal, row, options)),
    "</g>",
    "</svg>",
    "",
  ].join("\n")
}

function drawRow(terminal: Terminal, row: number, options: PictureOptions): readonly string[] {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)
  if (line === undefined) return []
  const y = MARGIN + row * CELL.height
  const drawn: string[] = []
  const pieces: Piece[] = []
  let filled: { from: number; fill: string } | undefined
  const endFill = (column: number) => {
    if (filled !== undefined)
      drawn.push(
        rect(MARGIN + filled.from * CELL.width, y, (column - filled.from) * CELL.width, CELL.height, filled.fill),
      )
    filled = undefined
  }
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = line.getCell(column)
    if (cell === undefined) break
    const background = cell.isBgDefault() ? undefined : colorOf(cell, "background", options)
    if (background !== filled?.fill) {
      endFill(column)
      if (background !== undefined) filled = { from: column, fill: background }
    }
    addCell(pieces, cell, column, options)
  }
  endFill(terminal.cols)
  return [...drawn, ...pieces.flatMap((piece) => drawPiece(piece, y))]
}

/** Letters of one style are one piece, also with a blank between them. */
function addCell(pieces: Piece[], cell: IBufferCell, column: number, options: PictureOptions): void {
  const text = cell.getChars()
  if (text.trim() === "") return
  const width = cell.getWidth()
  const fill = colorOf(cell, "foreground", options)
  const isBold = cell.isBold() !== 0
  const last = pieces.at(-1)
  const gap = last === undefined ? undefined : column - last.column - last.width
  const isSame = last?.fill === fill && last.isBold === isBold && !GRAPHIC.test(last.text) && !GRAPHIC.test(text)
  if (last === undefined || gap === undefined || gap > 1 || !isSame) {
    pieces.push({ column, width, text, fill, isBold })
    return
  }
  pieces[pieces.length - 1] = { ...last, width: last.width + gap + width, text: last.text + " ".repeat(gap) + text }
}

function drawPiece({ column, width, text, fill, isBold }: Piece, y: number): readonly string[] {
  const x = MARGIN + column * CELL.width
  if (GRAPHIC.test(text)) return drawGlyph(text, x, y, fill)
  const bold = isBold ? ' font-weight="bold"' : ""
  return [
    `<text x="${x}" y="${y + 13}" fill="${fill}" textLength="${width * CELL.width}"${bold}>${escapeXml(text)}</text>`,
  ]
}

function colorOf(cell: IBufferCell, side: "foreground" | "background", options: PictureOptions): string {
  const isForeground = side === "foreground"
  const number = isForeground ? cell.getFgColor() : cell.getBgColor()
  if (isForeground ? cell.isFgRGB() : cell.isBgRGB()) return `#${number.toString(16).padStart(6, "0")}`
  const isIndexed = isForeground ? cell.isFgPalette() : cell.isBgPalette()
  return (isIndexed ? options.palette[number] : undefined) ?? options.text
}

const LEVELS = [..."▁▂▃▄▅▆▇█"]

function drawGlyph(glyph: string, x: number, y: number, fill: string): readonly string[] {
  const middle = y + 8
  const level = LEVELS.indexOf(glyph)
  if (level >= 0) {
    const height = Math.round(((level + 1) / LEVELS.length) * (CELL.height - 2))
    return [rect(x, y + CELL.height - 1 - height, CELL.width - 1, height, fill)]
  }
  switch (glyph) {
    case "━":
      return [rect(x, middle, CELL.width, 3, fill)]
    case "╸":
      return [rect(x, middle, CELL.width / 2, 3, fill)]
    case "╍":
      return [rect(x, middle, 3, 3, fill), rect(x + 4, middle, 3, 3, fill)]
    case "▌":
      return [rect(x, y, 3, CELL.height, fill)]
    default:
      return [rect(x, middle + 1, CELL.width, 1, fill)]
  }
}

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
