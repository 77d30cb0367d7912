// Text of others, made safe for a terminal. One alphabet of unsafe characters for every place that
// shows labels, file names, messages or an agent's output.
//
// Unsafe: controls, which a terminal executes, and format characters, which hide or reorder text.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const EVERY_UNSAFE = new RegExp(UNSAFE, "gu")
/** Emoji and several scripts are written with these two. */
const JOINERS = "\u200c\u200d"

/** For a cell or a line: line feeds and tabs are marked, too. */
export function sanitizeLine(text: string): string {
  return text.replace(EVERY_UNSAFE, "�")
}

/** For prose: line feeds and tabs stay. */
export function sanitizeText(text: string): string {
  return text.replace(EVERY_UNSAFE, (char) => ("\n\t".includes(char) ? char : "�"))
}

/** For review, where hidden text is the point: each unsafe character but the tab becomes its number. */
export function showHidden(text: string): string {
  return text.replace(EVERY_UNSAFE, (char) => (char === "\t" ? char : `<${hex(char)}>`))
}

/** For a stream of an agent's text, whose words need their joiners. */
export function isUnsafeCharacter(char: string): boolean {
  return UNSAFE.test(char) && !JOINERS.includes(char)
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")
}
