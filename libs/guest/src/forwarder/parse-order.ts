// Reads one order of the launcher, or nothing when the line is not exactly one.
//
// Checked by hand: this code runs in the guest, without node_modules, and a schema library would be
// one more program there. The sender is the launcher of the same build, so a bad order is a bug,
// and the forwarder ends.

import type { LauncherOrder } from "./control-messages.ts"

export const MAX_ORDER = 8 * 1024 * 1024

export function parseOrder(line: string): LauncherOrder | undefined {
  let order: unknown
  try {
    order = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(order) || typeof order["kind"] !== "string" || !Object.hasOwn(ORDERS, order["kind"])) return undefined
  const checks = { kind: text, ...ORDERS[order["kind"] as LauncherOrder["kind"]] }
  return fields(checks)(order) ? (order as LauncherOrder) : undefined
}

type Check = (value: unknown) => boolean
type ChecksOf<Kind> = {
  readonly [Field in keyof Required<Omit<Extract<LauncherOrder, { kind: Kind }>, "kind">>]: Check
}

const text: Check = (value) => typeof value === "string" && !value.includes("\0")
const texts: Check = (value) => Array.isArray(value) && value.every(text)
const whole =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
const count = whole(0, Number.MAX_SAFE_INTEGER)
const port = whole(1, 65_535)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
/** A field that is not named is refused. */
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((name) => Object.hasOwn(checks, name)) &&
    Object.entries(checks).every(([name, check]) => check(value[name]))
const variables: Check = (value) => isObject(value) && Object.values(value).every(text)
const argv: Check = (value) => texts(value) && (value as readonly string[]).length > 0
const size = fields({ columns: whole(1, 1_000), rows: whole(1, 1_000) })
const base64: Check = (value) => typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
const signal: Check = (value) => ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL"].some((one) => one === value)

const ORDERS: { readonly [Kind in LauncherOrder["kind"]]: ChecksOf<Kind> } = {
  start: {
    argv,
    env: variables,
    cwd: text,
    rlimits: texts,
    egressSocket: text,
    egressTimeoutMs: count,
    // 0 is any free port.
    proxyPort: whole(0, 65_535),
    transparent: optional(
      fields({
        proxyHost: text,
        dnsPort: port,
        ports: (value) => Array.isArray(value) && value.every(port),
      }),
    ),
    selfTest: optional(fields({ listedHost: text, unlistedHost: text, caFile: text })),
    terminal: optional(size),
  },
  resize: { size },
  signal: { signal },
  exec: { id: count, argv, env: variables, terminal: optional(size) },
  "exec-input": { id: count, data: base64 },
  "exec-room": { id: count, bytes: count },
  "exec-resize": { id: count, size },
  "exec-signal": { id: count, signal },
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
