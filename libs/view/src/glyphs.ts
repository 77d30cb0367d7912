// The marks that are not letters, for a terminal that shows UTF-8 and for one that does not.

export interface Glyphs {
  readonly used: string
  readonly half: string
  readonly reserved: string
  readonly free: string
  /** Lowest first; one more than the levels of a row's graph, so that rows never touch. */
  readonly levels: readonly string[]
  readonly cursor: string
  readonly mark: string
  readonly none: string
  readonly ellipsis: string
  readonly live: string
  readonly alert: string
  readonly governs: string
  readonly open: string
  readonly closed: string
  readonly atMost: string
  readonly rule: string
  readonly caret: string
  readonly up: string
  readonly down: string
  readonly box: {
    readonly top: readonly [string, string]
    readonly bottom: readonly [string, string]
    readonly side: string
  }
  readonly isAscii: boolean
}

export const UNICODE: Glyphs = {
  used: "━",
  half: "╸",
  reserved: "╍",
  free: "─",
  levels: [..."▁▂▃▄▅▆▇█"],
  cursor: "▌",
  mark: "◆",
  none: "·",
  ellipsis: "…",
  live: "●",
  alert: "▲",
  governs: "▸",
  open: "▾",
  closed: "▸",
  atMost: "≤",
  rule: "─",
  caret: "▏",
  up: "↑",
  down: "↓",
  box: { top: ["╭", "╮"], bottom: ["╰", "╯"], side: "│" },
  isAscii: false,
}

export const ASCII: Glyphs = {
  used: "#",
  half: "+",
  reserved: "~",
  free: "-",
  levels: [...".:-=+*%#"],
  cursor: ">",
  mark: "*",
  none: ".",
  ellipsis: "~",
  live: "*",
  alert: "!",
  governs: ">",
  open: "v",
  closed: ">",
  atMost: "<=",
  rule: "-",
  caret: "_",
  up: "up",
  down: "dn",
  box: { top: ["+", "+"], bottom: ["+", "+"], side: "|" },
  isAscii: true,
}

/** For a terminal without UTF-8: a letter it cannot show becomes a question mark, one for each cell. */
export function toAscii(text: string): string {
  return text.replace(/[^ -~]/gu, (char) => "?".repeat(Math.min(2, Bun.stringWidth(char))))
}
