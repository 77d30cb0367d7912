// Reads settings.yml, the host's own settings. Flat mappings and scalars only; nothing
// starts on a file that does not parse.

import { isAbsolute, normalize } from "node:path"
import { parseQuietHours, type QuietHours } from "@bot-bottle/budget"
import {
  DEFAULT_ASK_TIMEOUT_MS,
  formatAuthority,
  GATES,
  type Gate,
  type ProviderName,
  parseAuthority,
  parseHostname,
  type ShutdownPolicy,
  WINDOWS,
  type Window,
  type WorkspaceMode,
} from "@bot-bottle/contracts"
import { budgetFor, shutdown } from "./keys/budget.ts"
import { durationBetween } from "./keys/duration.ts"
import { askTimeout } from "./keys/egress.ts"
import { type FanOutFields, fanOutOf, fanOutReaders } from "./keys/fan-out.ts"
import { byteSize } from "./keys/limits.ts"
import { notify } from "./keys/notify.ts"
import { workspace } from "./keys/workspace.ts"
import {
  BACKENDS,
  DASHBOARD_THEMES,
  type DashboardTheme,
  type ManifestProblem,
  type NotifyTarget,
  type Origins,
  type Settings,
} from "./manifest.ts"
import { formatOrigin, quoted } from "./problem.ts"
import { readDocument } from "./yaml/document.ts"
import {
  type Entries,
  entries,
  entryValues,
  type Fields,
  fields,
  flag,
  numberBetween,
  oneOf,
  type Reader,
  reject,
  textAs,
} from "./yaml/fields.ts"

export type SettingsResult =
  | { readonly outcome: "parsed"; readonly settings: Settings }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export const DEFAULT_SETTINGS: Settings = {
  origins: {},
  budget: {},
  fanOut: undefined,
  budgetWindow: "total",
  ceiling: {},
  shutdown: "cutoff",
  gate: "reserve",
  gateExact: false,
  cacheReadWeight: 0.1,
  backend: undefined,
  resolve: {},
  upstreamCa: undefined,
  watchdogTimeoutMs: 30 * 60_000,
  keepEndedMs: 7 * 86_400_000,
  quietHours: undefined,
  notify: undefined,
  askTimeoutMs: DEFAULT_ASK_TIMEOUT_MS,
  ledger: "sqlite",
  ledgerTokenRef: undefined,
  dashboard: { theme: "auto", mouse: true, keys: {} },
  workspace: undefined,
  workspaceLimitBytes: 2 * 1024 ** 3,
}

export function parseSettings(
  text: string,
  { file, providers }: { readonly file: string; readonly providers: readonly ProviderName[] },
): SettingsResult {
  const read = readDocument({ text, file, firstLine: 1 }, readerOf(providers))
  return read.outcome === "read" ? { outcome: "parsed", settings: toSettings(read.value) } : read
}

/** `resolve.host` for an entry of a mapping. */
function listOrigins(given: Fields<SettingsFields>): Origins {
  const inMappings = (["budget", "ceiling", "resolve"] as const).flatMap((key) =>
    Object.entries(given[key]?.value ?? {}).map(([name, entry]) => [`${key}.${name}`, entry.origin] as const),
  )
  const own = Object.entries(given as Entries<unknown>).map(([key, { origin }]) => [key, origin] as const)
  return Object.fromEntries([...own, ...inMappings].map(([key, origin]) => [key, formatOrigin(origin)]))
}

interface SettingsFields extends FanOutFields {
  budget: Entries<number>
  budget_window: Window
  ceiling: Entries<number>
  shutdown: ShutdownPolicy
  gate: Gate
  gate_exact: boolean
  cache_read_weight: number
  backend: (typeof BACKENDS)[number]
  resolve: Entries<string>
  upstream_ca: string
  watchdog_timeout: number
  keep_ended: number
  quiet_hours: QuietHours
  notify: NotifyTarget
  ask_timeout: number
  ledger: string
  ledger_token_ref: string
  dashboard: Fields<{ theme: DashboardTheme; mouse: boolean }>
  dashboard_keys: Entries<string>
  workspace: WorkspaceMode
  workspace_limit: number
}

function readerOf(providers: readonly ProviderName[]): Reader<Fields<SettingsFields>> {
  return fields<SettingsFields>({
    budget: budgetFor(providers),
    budget_window: oneOf(WINDOWS),
    ceiling: budgetFor(providers),
    ...fanOutReaders,
    shutdown,
    gate: oneOf(GATES),
    gate_exact: flag,
    cache_read_weight: numberBetween(0, 1, { whole: false }),
    backend: oneOf(BACKENDS),
    resolve,
    upstream_ca: textAs("an absolute path", (path) =>
      isAbsolute(path) && !path.includes("\0") ? normalize(path) : undefined,
    ),
    watchdog_timeout: durationBetween(1, Number.POSITIVE_INFINITY, "30m or 7d"),
    keep_ended: durationBetween(0, Number.POSITIVE_INFINITY, "30m or 7d"),
    quiet_hours: textAs("two times of the day, such as 23:00-07:00", parseQuietHours),
    notify,
    ask_timeout: askTimeout,
    ledger: textAs("sqlite or postgres://user@host/database", (text) =>
      text === "sqlite" || /^postgres(ql)?:\/\//.test(text) ? text : undefined,
    ),
    ledger_token_ref: textAs("the name of a variable", (name) =>
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : undefined,
    ),
    dashboard,
    dashboard_keys: entries(() => undefined, dashboardKey),
    workspace,
    workspace_limit: byteSize,
  })
}

function toSettings(given: Fields<SettingsFields>): Settings {
  const fallback = DEFAULT_SETTINGS
  return {
    origins: listOrigins(given),
    budget: entryValues(given.budget?.value ?? {}),
    budgetWindow: given.budget_window?.value ?? fallback.budgetWindow,
    ceiling: entryValues(given.ceiling?.value ?? {}),
    fanOut: fanOutOf(given),
    shutdown: given.shutdown?.value ?? fallback.shutdown,
    gate: given.gate?.value ?? fallback.gate,
    gateExact: given.gate_exact?.value ?? fallback.gateExact,
    cacheReadWeight: given.cache_read_weight?.value ?? fallback.cacheReadWeight,
    backend: given.backend?.value,
    resolve: entryValues(given.resolve?.value ?? {}),
    upstreamCa: given.upstream_ca?.value,
    watchdogTimeoutMs: given.watchdog_timeout?.value ?? fallback.watchdogTimeoutMs,
    keepEndedMs: given.keep_ended?.value ?? fallback.keepEndedMs,
    quietHours: given.quiet_hours?.value,
    notify: given.notify?.value,
    askTimeoutMs: given.ask_timeout?.value ?? fallback.askTimeoutMs,
    ledger: given.ledger?.value ?? fallback.ledger,
    ledgerTokenRef: given.ledger_token_ref?.value,
    dashboard: {
      theme: given.dashboard?.value.theme?.value ?? fallback.dashboard.theme,
      mouse: given.dashboard?.value.mouse?.value ?? fallback.dashboard.mouse,
      keys: entryValues(given.dashboard_keys?.value ?? {}),
    },
    workspace: given.workspace?.value,
    workspaceLimitBytes: given.workspace_limit?.value ?? fallback.workspaceLimitBytes,
  }
}

/** Host name to the address dialled instead, both canonical, so that the proxy finds the one it looks for. */
const resolve: Reader<Entries<string>> = (node, place) => {
  const found = entries(findNameProblem, dialAddress)(node, place)
  if (!found) return undefined
  const canonical = new Map<string, Entries<string>[string]>()
  for (const [key, target] of Object.entries(found)) {
    const name = parseHostname(key)
    if (name.kind === "malformed") continue
    if (canonical.has(name.host)) place.report(target.origin.line, `'resolve' names ${name.host} twice`)
    canonical.set(name.host, target)
  }
  return Object.fromEntries(canonical)
}

function findNameProblem(key: string): string | undefined {
  const name = parseHostname(key)
  if (name.kind === "malformed") return `${quoted(key)} is not a valid host name: ${name.detail}`
  return name.kind === "ip" ? `${quoted(key)} is an address already; only names are looked up` : undefined
}

const dashboardFields = fields<{ theme: DashboardTheme; mouse: boolean }>({
  theme: oneOf(DASHBOARD_THEMES),
  mouse: flag,
})

/** A theme by itself is short for `{ theme: … }`. */
const dashboard: typeof dashboardFields = (node, place) => {
  if (node.kind !== "scalar") return dashboardFields(node, place)
  const theme = oneOf(DASHBOARD_THEMES)(node, place)
  return theme === undefined ? undefined : { theme: { value: theme, origin: { file: place.file, line: node.line } } }
}

/** One letter or sign, or `none`. Which actions there are is known to the dashboard. */
const dashboardKey = textAs("one letter or sign in quotes, or none", (text) =>
  text === "none" || /^[!-~]$/.test(text) ? text : undefined,
)

const dialAddress: Reader<string> = (node, place) => {
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : ""
  const target = parseAuthority(text, 0)
  if (target.kind === "ip" && target.port > 0) {
    return formatAuthority(target)
  }
  const hint = "an IP address and a port: 127.0.0.1:19443, [::1]:443"
  return reject(node, place, "must be an address with its port", hint)
}
