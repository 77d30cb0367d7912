// The one table of keys: which key does which action, on which page, and how footer and help
// say it. Help and footer are made of it, so they cannot promise a key that does nothing.

export const PAGES = ["overview", "run", "denials", "asks", "usage", "help"] as const
export type Page = (typeof PAGES)[number]

export type Action =
  | "down"
  | "up"
  | "page-down"
  | "page-up"
  | "first"
  | "last"
  | "open"
  | "back"
  | "filter"
  | "sort"
  | "turn-sort"
  | "group"
  | "fold"
  | "unfold"
  | "past"
  | "tab-1"
  | "tab-2"
  | "tab-3"
  | "tab-4"
  | "tab-5"
  | "next-tab"
  | "mark"
  | "cutoff"
  | "restore"
  | "freeze"
  | "kill"
  | "budget"
  | "attach"
  | "logs"
  | "manifest"
  | "next-alert"
  | "copy"
  | "edit"
  | "allow"
  | "forward"
  | "denials"
  | "asks"
  | "approve-once"
  | "approve-run"
  | "approve-always"
  | "reject"
  | "usage"
  | "help"
  | "mouse"
  | "hold"
  | "repaint"
  | "shell"
  | "quit"

export type Section = "move" | "look" | "run" | "screen"

export interface Binding {
  readonly action: Action
  /** First is the one that footer and help name. */
  readonly keys: readonly string[]
  readonly pages: readonly Page[]
  /** For the footer; absent where it is only in the help. */
  readonly word?: string
  /** Empty where another row of the help says it. */
  readonly help: string
  readonly section: Section
  /** The command it runs: without that command, the key is not there. */
  readonly command?: string
}

const LISTS: readonly Page[] = ["overview", "denials", "asks"]
const RUNS: readonly Page[] = ["overview", "run"]
const ALL: readonly Page[] = PAGES
const BELOW = ALL.filter((page) => page !== "overview")
const WITH_HELP = ALL.filter((page) => page !== "help")

// biome-ignore format: a table
export const BINDINGS: readonly Binding[] = [
  { action: "back",      keys: ["esc"], pages: BELOW, word: "back", help: "back; clear the filter", section: "move" },
  { action: "help",      keys: ["?"], pages: WITH_HELP, word: "keys", help: "this page", section: "screen" },
  { action: "open",      keys: ["enter"], pages: LISTS, word: "open", help: "open the run", section: "move" },
  { action: "filter",    keys: ["/"], pages: ["overview"], word: "filter", help: "filter: is:cut, tag:x", section: "look" },
  { action: "sort",      keys: ["s"], pages: ["overview"], word: "sort", help: "sort; reverse the order", section: "look" },
  { action: "turn-sort", keys: ["S"], pages: ["overview"], help: "", section: "look" },
  { action: "tab-1",     keys: ["1"], pages: ["run"], help: "tab: requests", section: "move" },
  { action: "tab-2",     keys: ["2"], pages: ["run"], help: "tab: denials", section: "move" },
  { action: "tab-3",     keys: ["3"], pages: ["run"], help: "tab: history", section: "move" },
  { action: "tab-4",     keys: ["4"], pages: ["run"], help: "tab: manifest", section: "move" },
  { action: "tab-5",     keys: ["5"], pages: ["run"], help: "tab: provenance", section: "move" },
  { action: "next-tab",  keys: ["tab"], pages: ["run"], word: "next tab", help: "next tab", section: "move" },
  { action: "copy",      keys: ["y"], pages: ["denials"], word: "copy route", help: "copy the id or the route", section: "look" },
  { action: "copy",      keys: ["y"], pages: RUNS, help: "", section: "look" },
  { action: "cutoff",    keys: ["c"], pages: RUNS, word: "cut off", help: "cut off", section: "run", command: "cutoff" },
  { action: "restore",   keys: ["r"], pages: RUNS, help: "restore, or resume", section: "run", command: "restore" },
  { action: "freeze",    keys: ["f"], pages: RUNS, word: "freeze", help: "freeze", section: "run", command: "freeze" },
  { action: "kill",      keys: ["x"], pages: RUNS, word: "kill", help: "kill", section: "run", command: "kill" },
  { action: "budget",    keys: ["b"], pages: RUNS, word: "budget", help: "set its budget", section: "run", command: "budget" },
  { action: "attach",    keys: ["a"], pages: RUNS, word: "attach", help: "attach", section: "run", command: "attach" },
  { action: "logs",      keys: ["l"], pages: RUNS, word: "logs", help: "logs", section: "run", command: "logs" },
  { action: "manifest",  keys: ["i"], pages: RUNS, help: "manifest", section: "run", command: "info" },
  { action: "forward",   keys: ["o"], pages: RUNS, help: "forward a port", section: "run", command: "forward" },
  { action: "edit",      keys: ["e"], pages: ["denials"], word: "edit bottle", help: "edit bottle or ask", section: "run", command: "edit" },
  { action: "allow",     keys: ["A"], pages: ["denials"], word: "allow", help: "allow host (denials)", section: "run", command: "allow" },
  { action: "approve-once",   keys: ["o"], pages: ["asks"], word: "once", help: "approve, reject (asks)", section: "run", command: "supervise" },
  { action: "approve-run",    keys: ["r"], pages: ["asks"], word: "for the run", help: "", section: "run", command: "supervise" },
  { action: "approve-always", keys: ["A"], pages: ["asks"], word: "always", help: "", section: "run", command: "supervise" },
  { action: "reject",    keys: ["x"], pages: ["asks"], word: "reject", help: "", section: "run", command: "supervise" },
  { action: "edit",      keys: ["e"], pages: ["asks"], word: "edit", help: "", section: "run", command: "supervise" },
  { action: "asks",      keys: ["u"], pages: ["overview"], word: "asks", help: "questions for you", section: "look", command: "supervise" },
  { action: "denials",   keys: ["d"], pages: ["overview"], word: "denials", help: "denials", section: "look" },
  { action: "usage",     keys: ["h"], pages: ["overview"], word: "usage", help: "usage by day and model", section: "look" },
  { action: "group",     keys: ["v"], pages: ["usage"], word: "by model, agent, bottle, provider, run", help: "", section: "look" },
  { action: "group",     keys: ["v"], pages: ["overview"], help: "group: agent, bottle, …", section: "look" },
  { action: "unfold",    keys: ["right"], pages: ["overview"], help: "", section: "look" },
  { action: "fold",      keys: ["left"], pages: ["overview"], help: "fold, unfold a group", section: "look" },
  { action: "next-alert", keys: ["n"], pages: RUNS, help: "next run in trouble", section: "look" },
  { action: "past",      keys: ["t"], pages: ["overview"], help: "past runs as well", section: "look" },
  { action: "mark",      keys: ["space"], pages: ["overview"], help: "mark several", section: "move" },
  { action: "down",      keys: ["down", "j"], pages: ALL, help: "next", section: "move" },
  { action: "up",        keys: ["up", "k"], pages: ALL, help: "previous", section: "move" },
  { action: "page-down", keys: ["pgdn"], pages: ALL, help: "a page down", section: "move" },
  { action: "page-up",   keys: ["pgup"], pages: ALL, help: "a page up", section: "move" },
  { action: "first",     keys: ["home", "g"], pages: ALL, help: "first", section: "move" },
  { action: "last",      keys: ["end", "G"], pages: ALL, help: "last", section: "move" },
  { action: "mouse",     keys: ["m"], pages: ALL, help: "mouse; shift-drag selects", section: "screen" },
  { action: "hold",      keys: ["p"], pages: ALL, help: "pause the picture", section: "screen" },
  { action: "repaint",   keys: ["ctrl-l"], pages: ALL, help: "repaint", section: "screen" },
  { action: "shell",     keys: ["ctrl-z"], pages: ALL, help: "to the shell; fg returns", section: "screen" },
  { action: "quit",      keys: ["q", "ctrl-c"], pages: ALL, word: "quit", help: "quit; runs keep running", section: "screen" },
]

/** The changes of the operator's settings: an action's key, or `none`. */
export type KeyChoices = Readonly<Partial<Record<string, string>>>

export function bindingsFor(choices: KeyChoices, commands: ReadonlySet<string>): readonly Binding[] {
  return BINDINGS.filter(({ command }) => command === undefined || commands.has(command)).flatMap((binding) => {
    const chosen = choices[binding.action]
    if (chosen === undefined) return [binding]
    return chosen === "none" ? [] : [{ ...binding, keys: [chosen] }]
  })
}

const PAGE_ACTIONS: ReadonlySet<Action> = new Set(["denials", "asks", "usage"])

/** The key to name for an action; undefined where the operator has none for it, or there are no keys at all. */
export function keyFor(bindings: readonly Binding[], action: Action): string | undefined {
  return bindings.find((binding) => binding.action === action)?.keys[0]
}

/** A picture that takes no keys names none. */
export const WITHOUT_KEYS: KeyChoices = Object.fromEntries(BINDINGS.map(({ action }) => [action, "none"]))

export function actionFor(bindings: readonly Binding[], page: Page, key: string): Action | undefined {
  const here = bindings.find((binding) => binding.pages.includes(page) && binding.keys.includes(key))
  if (here !== undefined) return here.action
  // These do on every page what they do in the overview.
  const shows = bindings.find((binding) => PAGE_ACTIONS.has(binding.action) && binding.keys.includes(key))
  if (shows !== undefined) return shows.action
  if (key === "?") return "help"
  return page !== "overview" && key === "left" ? "back" : undefined
}
