// Reads as much of a JSON object as came before its text broke off, for estimates: the client has
// the text in it. Its numbers may be half a number, so nothing is charged by them.

import { asObject, type JsonObject, parseJson } from "@bot-bottle/contracts"

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]" }

/** Undefined where it broke off in a name, or before a value. */
export function parseTornObject(text: string): JsonObject | undefined {
  const open: string[] = []
  let inString = false
  /** Where the escape began that the last character belongs to. */
  let escapeAt: number | undefined
  let escapeLeft = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    if (escapeAt !== undefined) {
      escapeLeft = sign === "u" && at === escapeAt + 1 ? 4 : escapeLeft - 1
      if (escapeLeft <= 0) escapeAt = undefined
    } else if (inString) {
      if (sign === '"') inString = false
      if (sign === "\\") {
        escapeAt = at
        escapeLeft = 1
      }
    } else if (sign === '"') inString = true
    else if (CLOSING[sign] !== undefined) open.push(CLOSING[sign])
    else if (sign === "}" || sign === "]") open.pop()
  }
  const end = `${inString ? '"' : ""}${open.reverse().join("")}`
  return asObject(parseJson(text.slice(0, escapeAt ?? text.length) + end))
}
