// What a guest said on its control channel, as a value or as nothing. The guest may be the agent's by
// then: every field is checked, and a line that is not exactly one of the known words is none.
//
// Pure.

import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES, type GuestWord } from "./forwarder/control-messages.ts"
import { SELF_TEST_CHECKS, type SelfTestFinding } from "./forwarder/self-test.ts"

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const DATA_MAX = Math.ceil(EXEC_CHUNK_BYTES / 3) * 4

export function parseGuestWord(line: string): GuestWord | undefined {
  let word: unknown
  try {
    word = JSON.parse(line)
  } catch {
    // Not JSON: not a word.
    return undefined
  }
  if (typeof word !== "object" || word === null || Array.isArray(word)) return undefined
  const fields = word as Readonly<Record<string, unknown>>
  if (fields["kind"] === "started") return hasOnly(fields, "kind") ? { kind: "started" } : undefined
  if (fields["kind"] === "self-test") {
    const findings = parseFindings(fields["findings"])
    return findings === undefined || !hasOnly(fields, "kind", "findings") ? undefined : { kind: "self-test", findings }
  }

  const id = wholeNumber(fields["id"], Number.MAX_SAFE_INTEGER)
  if (id === undefined) return undefined
  switch (fields["kind"]) {
    case "exec-output": {
      const { stream, data } = fields
      if (!hasOnly(fields, "kind", "id", "stream", "data")) return undefined
      if (stream !== "stdout" && stream !== "stderr") return undefined
      if (typeof data !== "string" || data === "" || data.length > DATA_MAX || !BASE64.test(data)) return undefined
      return { kind: "exec-output", id, stream, data }
    }
    case "exec-room": {
      const bytes = wholeNumber(fields["bytes"], EXEC_WINDOW_BYTES)
      // Of nothing there would be no end.
      return bytes === undefined || bytes === 0 || !hasOnly(fields, "kind", "id", "bytes")
        ? undefined
        : { kind: "exec-room", id, bytes }
    }
    case "exec-exit": {
      const exitCode = wholeNumber(fields["exitCode"], 255)
      return exitCode === undefined || !hasOnly(fields, "kind", "id", "exitCode")
        ? undefined
        : { kind: "exec-exit", id, exitCode }
    }
    default:
      return undefined
  }
}

const SEEN_MAX = 100

/** All checks, each once, in their order. */
function parseFindings(value: unknown): readonly SelfTestFinding[] | undefined {
  if (!Array.isArray(value) || value.length !== SELF_TEST_CHECKS.length) return undefined
  const findings = value.map((entry: unknown, index): SelfTestFinding | undefined => {
    if (typeof entry !== "object" || entry === null) return undefined
    const { check, expected, seen, ok } = entry as Readonly<Record<string, unknown>>
    const known = SELF_TEST_CHECKS[index]
    if (known === undefined || check !== known || typeof ok !== "boolean") return undefined
    if (typeof expected !== "string" || typeof seen !== "string") return undefined
    return { check: known, expected: expected.slice(0, SEEN_MAX), seen: seen.slice(0, SEEN_MAX), ok }
  })
  return findings.every((finding) => finding !== undefined) ? findings : undefined
}

function wholeNumber(value: unknown, max: number): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max ? value : undefined
}

function hasOnly(fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name))
}
