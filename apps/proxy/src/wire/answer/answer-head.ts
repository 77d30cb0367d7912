// Writes the head of an answer as it leaves: the upstream's lines, or the permitted ones, and the
// lines that say how we frame it.

import type { ResponseHead } from "@bot-bottle/wire"
import type { EditedHead } from "../passage.ts"

export interface HeadChange extends EditedHead {
  /** The line that frames it instead, empty for none. Undefined: framed as it came. */
  readonly coding: string | undefined
  /** The connection ends with this answer. */
  readonly isClosing: boolean
}

const FRAMING_LINE = /^(?:content-length|transfer-encoding):/i

/** Undefined when it leaves as it came. */
export function changeHead(head: ResponseHead, change: HeadChange): string | undefined {
  const { coding, isClosing } = change
  const isUnchanged = change.lines === undefined && change.startLine === undefined && coding === undefined
  if (isUnchanged && !isClosing && head.minor === "1") return undefined
  const startLine = change.startLine ?? head.startLine
  let text = `HTTP/1.1${startLine.slice(8)}\r\n`
  for (const line of change.lines ?? head.lines) {
    if (coding !== undefined && FRAMING_LINE.test(line)) continue
    text += `${line}\r\n`
  }
  if (coding !== undefined && coding !== "") text += `${coding}\r\n`
  if (isClosing) text += "Connection: close\r\n"
  return `${text}\r\n`
}

export function headText(startLine: string, lines: readonly string[]): string {
  let text = `${startLine}\r\n`
  for (const line of lines) text += `${line}\r\n`
  return `${text}\r\n`
}
