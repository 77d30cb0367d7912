// Values of the footer, escaped for where they stand: a cell of a Markdown table in HTML.

/** In backticks. Inside a table `|` must be escaped there as well. */
export function formatCode(text: string): string {
  const inner = oneLine(text).replaceAll("`", "'").replaceAll("|", "\\|")
  return inner === "" ? "—" : `\`${inner}\``
}

export function formatPlain(text: string): string {
  return (
    oneLine(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replace(/[\\`*_[\]|~!]/g, "\\$&")
      // A forge would notify the person, or put a reference on the other issue.
      .replace(/@|#(?=\d)/g, "$&\u200d")
  )
}

export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")
}

/** `30s`, `4m 12s`, or `unknown` when the two times do not give one. */
export function formatDuration(startedAt: string, finishedAt: string): string {
  const start = parseTime(startedAt)
  const end = parseTime(finishedAt)
  // Without an offset, a time means another instant on every machine.
  if (start === undefined || end === undefined || start.hasOffset !== end.hasOffset) return "unknown"
  const seconds = Math.floor((end.atMs - start.atMs) / 1000)
  if (seconds < 0) return "unknown"
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/

function parseTime(text: string): { readonly atMs: number; readonly hasOffset: boolean } | undefined {
  const parts = ISO_TIME.exec(text)
  if (parts === null) return undefined
  const hasOffset = parts[1] !== undefined
  const atMs = Date.parse(hasOffset ? text : `${text}Z`)
  return Number.isNaN(atMs) ? undefined : { atMs, hasOffset }
}

/** Control, format and line-breaking characters become one space: none may end a row. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim()
}
