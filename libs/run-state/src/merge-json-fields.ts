// Lays our fields of a JSON file over what the agent has made of it.
//
// Pure. Text that is no JSON object counts as nothing at all.

/** `ours` is a JSON object. Objects are merged field by field; anything else of ours replaces theirs. */
export function mergeJsonFields(theirs: string, ours: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(theirs)
  } catch {
    return ours
  }
  return isObject(parsed) ? `${JSON.stringify(merge(parsed, JSON.parse(ours)), undefined, 2)}\n` : ours
}

type JsonObject = Readonly<Record<string, unknown>>

function merge(theirs: JsonObject, ours: JsonObject): JsonObject {
  const fields = Object.entries(ours).map(([name, value]) => {
    const before = Object.hasOwn(theirs, name) ? theirs[name] : undefined
    return [name, isObject(before) && isObject(value) ? merge(before, value) : value] as const
  })
  return { ...theirs, ...Object.fromEntries(fields) }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
