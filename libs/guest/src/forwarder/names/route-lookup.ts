// Asks the host which ports a name may be reached on. The host decides each time. An answer is
// remembered for a moment only, so a changed route table takes effect at once.

export interface OpenPorts {
  /** Empty when the host does not let the bottle reach that name. */
  readonly ports: readonly number[]
  /** The name is not listed: connections for it get the host's refusal. */
  readonly isUnlisted: boolean
}

export interface RouteLookup {
  /** Undefined when the host did not answer, or too many questions are open. */
  find(name: string): Promise<OpenPorts | undefined>
}

export interface RouteLookupOptions {
  readonly ask: (name: string) => Promise<OpenPorts | undefined>
  readonly nowMs: () => number
  readonly mostWaiting?: number
}

/** Long enough for a program's questions about one connection, short enough to be unseen by a person. */
const FRESH_MS = 500
const MAX_REMEMBERED = 1_024
const MAX_WAITING = 64

export function createRouteLookup({ ask, nowMs, mostWaiting = MAX_WAITING }: RouteLookupOptions): RouteLookup {
  const remembered = new Map<string, { readonly found: OpenPorts; readonly untilMs: number }>()
  const waiting = new Map<string, Promise<OpenPorts | undefined>>()

  async function askAnew(name: string): Promise<OpenPorts | undefined> {
    try {
      const found = await ask(name)
      if (found === undefined) return undefined
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      remembered.set(name, { found, untilMs: nowMs() + FRESH_MS })
      return found
    } finally {
      waiting.delete(name)
    }
  }

  return {
    async find(name) {
      const known = remembered.get(name)
      if (known !== undefined && nowMs() < known.untilMs) return known.found
      const asked = waiting.get(name)
      if (asked !== undefined) return asked
      if (waiting.size >= mostWaiting) return undefined
      const asking = askAnew(name)
      waiting.set(name, asking)
      return asking
    },
  }
}

const LONGEST_ANSWER = 16 * 1024
const TIMEOUT_MS = 5_000

/** One question to the proxy's own host, over the egress socket. */
export async function askProxy(egressSocket: string, proxyHost: string, name: string): Promise<OpenPorts | undefined> {
  const answer = Promise.withResolvers<string>()
  const timer = setTimeout(() => answer.resolve(""), TIMEOUT_MS)
  let said = ""
  try {
    const socket = await Bun.connect({
      unix: egressSocket,
      socket: {
        data(_socket, bytes) {
          said += bytes.toString("latin1")
          if (said.length > LONGEST_ANSWER) answer.resolve("")
        },
        close: () => answer.resolve(said),
        error: () => answer.resolve(""),
      },
    })
    socket.write(
      `GET http://${proxyHost}/lookup?name=${encodeURIComponent(name)} HTTP/1.1\r\nHost: ${proxyHost}\r\nConnection: close\r\n\r\n`,
    )
    const found = readPorts(await answer.promise)
    socket.terminate()
    return found
  } catch {
    // The proxy is gone, and with it every name.
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

function readPorts(answer: string): OpenPorts | undefined {
  const [head = "", body = ""] = answer.split("\r\n\r\n")
  if (!head.startsWith("HTTP/1.1 200 ")) return undefined
  const { ports, unlisted } = Object(JSON.parse(body))
  return isPorts(ports) ? { ports, isUnlisted: unlisted === true } : undefined
}

function isPorts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535)
}
