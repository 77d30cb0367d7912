// The kinds of names that completions look up while the operator types, and the lists that each
// is made of: arguments of `completions`, which print one name a line.
//
// Pure.

export const NAME_LISTS = ["runs", "agents", "bottles", "scopes", "questions", "providers"] as const
export type NameList = (typeof NAME_LISTS)[number]

export type NameKind = NameList | "targets" | "subjects" | "editables" | "files"

interface Lookup {
  readonly lists: readonly NameList[]
  readonly fixed?: readonly string[]
}

/** Undefined for files, which the shell knows itself. */
export const LOOKUPS: Readonly<Record<NameKind, Lookup | undefined>> = {
  runs: { lists: ["runs"] },
  agents: { lists: ["agents"] },
  bottles: { lists: ["bottles"] },
  scopes: { lists: ["scopes"] },
  questions: { lists: ["questions"] },
  providers: { lists: ["providers"] },
  targets: { lists: ["bottles", "runs"] },
  subjects: { lists: ["agents", "bottles", "runs"] },
  editables: { lists: ["agents", "bottles"], fixed: ["settings"] },
  files: undefined,
}

/** `names:runs`: asked for by the scripts only, and in no help. */
export function listArgument(list: NameList): string {
  return `names:${list}`
}

/** Commands of a shell that print the suggestions, one a line; `program` is how it names ours. */
export function printSuggestions(values: NameKind | readonly string[], program: string): string {
  if (typeof values !== "string") return values.length === 0 ? ":" : `printf '%s\\n' ${values.join(" ")}`
  const { lists = [], fixed = [] } = LOOKUPS[values] ?? {}
  const asked = lists.map((list) => `command ${program} completions ${listArgument(list)} 2>/dev/null`)
  return [...asked, ...(fixed.length === 0 ? [] : [printSuggestions(fixed, program)])].join("; ") || ":"
}
