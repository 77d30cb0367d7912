// Finds the key that leaves a joined terminal in what its operator types: Ctrl-], as the plain
// byte and as the keyboard protocols write it that agents switch terminals to.
//
// Nothing is held back to see what comes next: a lone Escape must reach the agent at once.

export const DETACH_KEY = "Ctrl-]"

const PLAIN = "\x1d"
/** Kitty's keyboard protocol (a press, whatever the locks) and xterm's modifyOtherKeys. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
const ENCODED = /\x1b\[(?:93;(?:5|69|133|197)(?::[12])?u|27;5;93~)/
/** Longer than any of them. */
const REMEMBERED = 16

export interface DetachKey {
  /** The agent's part of these bytes, and whether the key came after it. */
  read(bytes: Uint8Array): { readonly input: Uint8Array; readonly isLeaving: boolean }
}

export function createDetachKey(): DetachKey {
  let before = ""
  return {
    read(bytes) {
      const text = Buffer.from(bytes).toString("latin1")
      const plain = text.indexOf(PLAIN)
      const encoded = (before + text).match(ENCODED)
      const ends = [
        ...(plain < 0 ? [] : [plain]),
        ...(encoded?.index === undefined ? [] : [Math.max(0, encoded.index - before.length)]),
      ]
      before = (before + text).slice(-REMEMBERED)
      if (ends.length === 0) return { input: bytes, isLeaving: false }
      return { input: bytes.subarray(0, Math.min(...ends)), isLeaving: true }
    },
  }
}
