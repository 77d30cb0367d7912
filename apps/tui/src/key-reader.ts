// Escape and the key behind it, where the library reports the two as one key with alt.
//
// A slow link and fast fingers put both into one packet, and a terminal sends the same bytes for
// alt and a key. The dashboard has no alt keys: they are Escape, then the key. A sequence that can
// only be one key (an arrow with a modifier) stays one.

import { parseKeypress } from "@opentui/core"
import { keyName } from "./key-name.ts"

export interface KeyReader {
  /** The bytes as the terminal sent them, before the library reads them. */
  heard(bytes: Uint8Array): void
  /** One sequence as the library cut it. False: the library's own reading of it is right. */
  take(sequence: string): boolean
}

export interface KeyReaderOptions {
  onKey(key: string): void
  onPaste(text: string): void
  /** A report of the terminal that stood behind an Escape. The library reads it alone, after the rest of its packet. */
  readAgain(sequence: string): void
}

const ESC = "\x1b"
const PASTE_START = "[200~"
const PASTE_END = `${ESC}[201~`
/** A character of several bytes may have begun in the packet before: its last bytes are kept. */
const KEPT_BYTES = 4

export function createKeyReader({ onKey, onPaste, readAgain }: KeyReaderOptions): KeyReader {
  let newest = ""
  /** The text of a paste that began right behind an Escape: the library cuts it into keys. */
  let pasted: string | undefined

  function press(sequence: string): boolean {
    const key = parseKeypress(sequence)
    const name = key === null ? undefined : keyName(key)
    if (name !== undefined) onKey(name)
    return name !== undefined
  }

  function pressEscape(times: number): void {
    for (let pressed = 0; pressed < times; pressed += 1) onKey("esc")
  }

  /** The library also writes half a character as Escape and a letter: no such keys were pressed. */
  function isHalfCharacter(sequence: string): boolean {
    return !newest.includes(sequence) && newest.includes(String.fromCharCode(sequence.charCodeAt(1) | 0x80))
  }

  return {
    heard(bytes) {
      newest = newest.slice(-KEPT_BYTES) + Buffer.from(bytes).toString("latin1")
    },
    take(sequence) {
      if (pasted !== undefined) {
        pasted += sequence
        if (!pasted.endsWith(PASTE_END)) return true
        onPaste(pasted.slice(0, -PASTE_END.length))
        pasted = undefined
        return true
      }
      const end = [...sequence].findIndex((char) => char !== ESC)
      const escapes = end === -1 ? sequence.length : end
      const rest = sequence.slice(escapes)
      if (escapes === 0) return false
      if (/^[[O\]P_]./s.test(rest)) {
        if (escapes === 1) return false
        pressEscape(escapes - 1)
        if (rest === PASTE_START) pasted = ""
        else if (!press(ESC + rest)) readAgain(ESC + rest)
        return true
      }
      if (escapes === 1 && rest.length === 1 && isHalfCharacter(sequence)) return true
      pressEscape(escapes)
      // The first byte of a longer character: the library reports the others as halves.
      if (rest !== "" && rest !== "\ufffd") press(rest)
      return true
    },
  }
}
