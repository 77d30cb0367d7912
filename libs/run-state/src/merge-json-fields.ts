// Lays our fields of a JSON file over what the agent has made of it.
//
// Pure. Text that is not a JSON object counts as empty.

import { asObject, type JsonObject, parseJson } from "@bot-bottle/contracts"
/** `ours` is a JSON object. Objects are merged field by field; anything else of ours replaces theirs. */
export function mergeJsonFields(theirs: string, ours: string): string {
  const before = asObject(parseJson(theirs))
  return before === undefined
    ? ours
    : `${JSON.stringify(merge(before, asObject(parseJson(ours)) ?? {}), undefined, 2)}\n`
}

function merge(theirs: JsonObject, ours: JsonObject): JsonObject {
  const fields = Object.entries(ours).map(([name, value]) => {
    const before = Object.hasOwn(theirs, name) ? asObject(theirs[name]) : undefined
    const fields = asObject(value)
    return [name, before !== undefined && fields !== undefined ? merge(before, fields) : value] as const
  })
  return { ...theirs, ...Object.fromEntries(fields) }
}
