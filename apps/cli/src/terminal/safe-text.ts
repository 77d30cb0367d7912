// An agent's output, made safe to look at: its words and lines, and nothing that a terminal would
// execute. Works on a stream, whatever its chunks.

import { isUnsafeCharacter } from "@bot-bottle/contracts"

export interface SafeText {
  push(bytes: Uint8Array): string
  /** The text that a cut-off end leaves. */
  end(): string
}

/** Longer than this, a string that a sequence opened ends: it must not swallow the rest. */
const STRING_MAX = 4096

type State = "text" | "escape" | "escape-more" | "control" | "string" | "string-escape"

export function createSafeText(): SafeText {
  const decoder = new TextDecoder()
  let state: State = "text"
  let length = 0
  let isAfterReturn = false

  const show = (char: string): string => {
    if (char === "\n") {
      const isSecondHalf = isAfterReturn
      isAfterReturn = false
      return isSecondHalf ? "" : "\n"
    }
    // A line that is written over again is one more line: nothing that was said is hidden.
    isAfterReturn = char === "\r"
    if (char === "\r") return "\n"
    if (char === "\t") return char
    return isUnsafeCharacter(char) ? "�" : char
  }
  const step = (char: string): string => {
    switch (state) {
      case "text":
        if (char !== "\x1b") return show(char)
        state = "escape"
        return ""
      case "escape":
        length = 0
        state = "text"
        if (char === "[") state = "control"
        else if ("]PX^_".includes(char)) state = "string"
        else if (char >= " " && char <= "/") state = "escape-more"
        else if (char < " ") return step(char)
        return ""
      case "escape-more":
        if (char < " " || char > "/") state = "text"
        return ""
      case "control":
        length += 1
        if (char < " " || char > "?" || length > STRING_MAX) state = "text"
        return char === "\x1b" || char === "\n" ? step(char) : ""
      case "string":
        length += 1
        if (char === "\x07" || length > STRING_MAX) state = "text"
        if (char === "\x1b") state = "string-escape"
        return ""
      case "string-escape":
        state = "text"
        if (char === "\\") return ""
        state = "escape"
        return step(char)
    }
  }
  return {
    push(bytes) {
      let safe = ""
      for (const char of decoder.decode(bytes, { stream: true })) safe += step(char)
      return safe
    },
    end() {
      let safe = ""
      for (const char of decoder.decode()) safe += step(char)
      return safe
    },
  }
}
