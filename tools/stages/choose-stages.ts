// Reads the words after the test command: stages, each followed by the paths it is narrowed to. Pure.

export interface ChosenStage<S> {
  readonly stage: S
  /** Empty: all of it. */
  readonly paths: readonly string[]
}

export type StageChoice<S> =
  | { readonly outcome: "chosen"; readonly stages: readonly ChosenStage<S>[] }
  | { readonly outcome: "problem"; readonly message: string; readonly hint: string }

/** In the order of `known`; without words every stage. */
export function chooseStages<S extends { readonly name: string; readonly folders?: readonly string[] }>(
  words: readonly string[],
  known: readonly S[],
  exists: (path: string) => boolean,
): StageChoice<S> {
  const names = known.map(({ name }) => name).join(", ")
  const chosen = new Map<S, string[]>()
  let current: S | undefined
  for (const word of words) {
    const stage = known.find(({ name }) => name === word)
    if (stage !== undefined) {
      current = stage
      chosen.set(stage, chosen.get(stage) ?? [])
      continue
    }
    const path = word.replace(/^\.\//, "").replace(/\/+$/, "")
    if (current === undefined || !exists(path)) {
      const hint = `one or more of ${names}, each with paths after it: unit libs/ledger`
      return problem(`there is no stage "${word}"${current === undefined ? "" : ", and no such path"}`, hint)
    }
    const { name, folders = [] } = current
    if (!folders.some((folder) => path === folder || path.startsWith(`${folder}/`))) {
      const hint = folders.length === 0 ? `run all of it: ${name}` : `its tests are in ${folders.join(", ")}`
      return problem(`stage "${name}" has no tests in ${path}`, hint)
    }
    chosen.get(current)?.push(path)
  }
  const stages = known.flatMap((stage) => {
    const paths = words.length === 0 ? [] : chosen.get(stage)
    return paths === undefined ? [] : [{ stage, paths }]
  })
  return { outcome: "chosen", stages }
}

function problem(message: string, hint: string) {
  return { outcome: "problem", message, hint } as const
}
