// Hands one question to the operator's program, on stdin, or to their web address. It ends within
// its timeout whatever the other side does, and says why it failed without a secret.

import type { NotifyTarget } from "@bot-bottle/manifest"
import type { HostEnv } from "../host.ts"

export type Delivery = { readonly outcome: "delivered" } | { readonly outcome: "failed"; readonly problem: string }

export interface DeliverOptions {
  readonly env: Pick<HostEnv, "root" | "path" | "find">
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const MAX_SHOWN = 300
/** For a last word of a program that has ended while another holds its stderr. */
const STDERR_TIMEOUT_MS = 200
/** A program for people needs these; it gets no other variable, so no credential. */
const PASSED_ON = ["HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY"]
const PASSED_ON_TOO = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "BOT_BOTTLE_HOME"]

export async function deliverQuestion(target: NotifyTarget, body: string, options: DeliverOptions): Promise<Delivery> {
  try {
    return target.kind === "command" ? await run(target.argv, body, options) : await post(target.url, body, options)
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

async function run(argv: readonly string[], body: string, options: DeliverOptions): Promise<Delivery> {
  const { env, timeoutMs, signal } = options
  const [name = "", ...args] = argv
  const program = Bun.which(name, { PATH: env.path })
  if (program === null) return failed(`there is no program '${name}'`)
  const variables = [...PASSED_ON, ...PASSED_ON_TOO].flatMap((variable) => {
    const value = env.find(variable)
    return value === undefined ? [] : [[variable, value] as const]
  })
  const child = Bun.spawn([program, ...args], {
    cwd: env.root,
    env: { PATH: env.path, ...Object.fromEntries(variables) },
    stdin: new Blob([body]),
    stdout: "ignore",
    stderr: "pipe",
  })
  let said = ""
  const reader = child.stderr.getReader()
  const reading = readAll(reader, (text) => {
    said = `${said}${text}`.slice(0, MAX_SHOWN)
  })
  const ended = await within(child.exited, timeoutMs, signal)
  if (ended === undefined) {
    child.kill("SIGKILL")
    await child.exited
  }
  await within(reading, STDERR_TIMEOUT_MS, undefined)
  await reader.cancel().catch(() => undefined)
  if (ended === 0) return { outcome: "delivered" }
  if (ended === undefined)
    return failed(signal.aborted ? "the run has ended" : `'${name}' took longer than ${timeoutMs} ms`)
  return failed(`'${name}' ended with exit code ${ended}${said.trim() === "" ? "" : `: ${said.trim()}`}`)
}

async function readAll(
  reader: { read(): Promise<{ value?: Uint8Array | undefined; done: boolean }> },
  onText: (text: string) => void,
) {
  const decoder = new TextDecoder()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    onText(decoder.decode(value, { stream: true }))
  }
}

/** The address may hold a secret: only its host is told. A redirect would send the tokens elsewhere. */
async function post(url: string, body: string, { timeoutMs, signal }: DeliverOptions): Promise<Delivery> {
  const { host } = new URL(url)
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    await response.body?.cancel()
    if (response.ok) return { outcome: "delivered" }
    return failed(`${host} answered ${response.status}`)
  } catch (error) {
    const { name } = error as Error
    const why = name === "TimeoutError" ? `did not answer within ${timeoutMs} ms` : "cannot be reached"
    return failed(signal.aborted ? "the run has ended" : `${host} ${why}`)
  }
}

/** Undefined when the time is over, or the signal aborts. No timer stays behind. */
async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>()
  const stop = () => over.resolve(undefined)
  const timer = setTimeout(stop, timeoutMs)
  signal?.addEventListener("abort", stop, { once: true })
  if (signal?.aborted) stop()
  try {
    return await Promise.race([promise, over.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", stop)
  }
}

function failed(problem: string): Delivery {
  return { outcome: "failed", problem }
}
