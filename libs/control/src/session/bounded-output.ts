// An agent's output as its screen model reads it: the same text, less the parts that would cost a
// terminal emulator without bound. A number in a control sequence makes the emulator repeat a step
// that often. It keeps the accents on one character for as long as that character is shown.
//
// Only the model of the screen gets less; who has joined gets what the agent wrote.

/** Larger than any screen. */
const DIGITS_MAX = 3
/** Names of modes are not counts, and have four digits; a longer one must not become one of them. */
const MODE_DIGITS_MAX = 5
/** More than any script puts on one character. */
const ACCENTS_MAX = 16

const ESCAPE = 0x1b
const CANCEL = 0x18
const SUBSTITUTE = 0x1a
/** "ESC [" as one character. */
const CSI = 0x9b
const NO_WIDTH = /^[\p{M}\p{Cf}\u06de\u1160-\u11ff]$/u

export interface BoundedOutput {
  /** Continues where the last bytes ended, also in the middle of a sequence. */
  read(bytes: Uint8Array): string
}

export function createBoundedOutput(): BoundedOutput {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let state: "text" | "escape" | "sequence" = "text"
  let isMode = false
  let digits = 0
  let accents = 0

  /** False for what is left out. */
  function take(code: number): boolean {
    if (code === ESCAPE || code === CANCEL || code === SUBSTITUTE || code === CSI) {
      beginSequence(code === ESCAPE ? "escape" : code === CSI ? "sequence" : "text")
      return true
    }
    if (state === "sequence") return takeInSequence(code)
    if (state === "escape" && code >= 0x20) beginSequence(code === 0x5b ? "sequence" : "text")
    if (code < 0x300 || !NO_WIDTH.test(String.fromCodePoint(code))) {
      accents = 0
      return true
    }
    accents += 1
    return accents <= ACCENTS_MAX
  }

  function takeInSequence(code: number): boolean {
    if (code >= 0x30 && code <= 0x39) {
      digits += 1
      return digits <= (isMode ? MODE_DIGITS_MAX : DIGITS_MAX)
    }
    // Controls take effect in the middle of it, and the number continues after them.
    if (code < 0x20 || code === 0x7f) return true
    digits = 0
    if (code === 0x3f) isMode = true
    if (code >= 0x40) state = "text"
    return true
  }

  function beginSequence(next: typeof state): void {
    state = next
    isMode = false
    digits = 0
    accents = 0
  }

  return {
    read(bytes) {
      const text = decoder.decode(bytes, { stream: true })
      let kept = ""
      let from = 0
      for (let at = 0; at < text.length; ) {
        const code = text.codePointAt(at) ?? 0
        const next = at + (code > 0xffff ? 2 : 1)
        if (!take(code)) {
          kept += text.slice(from, at)
          from = next
        }
        at = next
      }
      return from === 0 ? text : kept + text.slice(from)
    },
  }
}
