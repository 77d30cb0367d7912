// Messages of the demo's agent to its host side. It speaks from inside a bottle, so every line is
// read as a stranger's.

export type GuestEvent =
  | { readonly kind: "keys"; readonly found: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "streamed" }
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  | { readonly kind: "knocked"; readonly authority: string; readonly status: number; readonly reason: string }

const FIELDS: Readonly<Record<GuestEvent["kind"], Readonly<Record<string, "string" | "number">>>> = {
  keys: { found: "string" },
  text: { text: "string" },
  streamed: {},
  answer: { status: "number", body: "string" },
  knocked: { authority: "string", status: "number", reason: "string" },
}

/** Undefined for any other line. */
export function parseGuestEvent(line: string): GuestEvent | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== "object" || parsed === null || !("kind" in parsed)) return undefined
  const event = parsed as Record<string, unknown>
  const fields = Object.entries(FIELDS).find(([kind]) => kind === event["kind"])?.[1]
  if (fields === undefined) return undefined
  const fits = Object.entries(fields).every(([name, type]) => typeof event[name] === type)
  return fits ? (event as unknown as GuestEvent) : undefined
}
