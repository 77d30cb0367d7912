// Choosing several things in an order that matters: what each key does to the choice, and
// the lines that show it. Pure; `ordered-picker.ts` gives it a keyboard and a screen.

export interface Choice {
  readonly name: string
  /** Shown after the name, e.g. ` <- dev`. */
  readonly ancestry: string
  /** Why it cannot be chosen; the choice stays visible. */
  readonly broken?: string
}

export interface OrderedChoice {
  readonly choices: readonly Choice[]
  readonly filter: string
  /** Index into the visible choices. */
  readonly cursor: number
  /** Names, in the order they will be merged. */
  readonly chosen: readonly string[]
  readonly complaint: string
}

export type ChoiceKey =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "erase" | "up" | "down" | "earlier" | "later" | "toggle" }

const SHOWN = 10

export function beginChoice(choices: readonly Choice[], chosen: readonly string[]): OrderedChoice {
  const known = chosen.filter((name) => choices.some((choice) => choice.name === name && choice.broken === undefined))
  const cursor = Math.max(
    0,
    choices.findIndex(({ name }) => name === known[0]),
  )
  return { choices, filter: "", cursor, chosen: known, complaint: "" }
}

export function pressKey(state: OrderedChoice, key: ChoiceKey): OrderedChoice {
  const calm = { ...state, complaint: "" }
  const visible = visibleChoices(state)
  const current = visible[state.cursor]
  switch (key.kind) {
    case "text":
      return { ...calm, filter: state.filter + key.text, cursor: 0 }
    case "erase":
      return { ...calm, filter: state.filter.slice(0, -1), cursor: 0 }
    case "up":
      return { ...calm, cursor: Math.max(0, state.cursor - 1) }
    case "down":
      return { ...calm, cursor: Math.max(0, Math.min(visible.length - 1, state.cursor + 1)) }
    case "toggle":
      if (current === undefined) return calm
      if (current.broken !== undefined) return { ...calm, complaint: `${current.name}: ${current.broken}` }
      return { ...calm, chosen: toggled(state.chosen, current.name) }
    case "earlier":
      return current === undefined ? calm : { ...calm, chosen: moved(state.chosen, current.name, -1) }
    case "later":
      return current === undefined ? calm : { ...calm, chosen: moved(state.chosen, current.name, 1) }
  }
}

export function visibleChoices(state: OrderedChoice): readonly Choice[] {
  const wanted = state.filter.toLowerCase()
  return state.choices.filter(({ name, ancestry }) => `${name}${ancestry}`.toLowerCase().includes(wanted))
}

/** The list as text, the row under the cursor first marked by `>`. */
export function viewChoice(state: OrderedChoice): readonly string[] {
  const visible = visibleChoices(state)
  const first = Math.max(0, Math.min(state.cursor - Math.floor(SHOWN / 2), visible.length - SHOWN))
  const rows = visible.slice(first, first + SHOWN).map((choice, index) => {
    const place = state.chosen.indexOf(choice.name)
    const mark = place < 0 ? "   " : `[${place + 1}]`
    const note = choice.broken === undefined ? "" : `  (${choice.broken})`
    return `${first + index === state.cursor ? ">" : " "} ${mark} ${choice.name}${choice.ancestry}${note}`
  })
  const order = state.chosen.length === 0 ? "nothing chosen yet" : state.chosen.join(", then ")
  return [
    `filter: ${state.filter}`,
    ...(rows.length === 0 ? ["  no bottle matches"] : rows),
    ...(visible.length > SHOWN ? [`  ${visible.length - SHOWN} more`] : []),
    `order:  ${order}`,
    ...(state.complaint === "" ? [] : [`! ${state.complaint}`]),
  ]
}

function toggled(chosen: readonly string[], name: string): readonly string[] {
  return chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name]
}

function moved(chosen: readonly string[], name: string, step: -1 | 1): readonly string[] {
  const from = chosen.indexOf(name)
  const to = from + step
  if (from < 0 || to < 0 || to >= chosen.length) return chosen
  const others = chosen.filter((other) => other !== name)
  return [...others.slice(0, to), name, ...others.slice(to)]
}
