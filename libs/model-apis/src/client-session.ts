// Which conversation a request belongs to, as its client says in headers, and which one started that: a
// harness's sub-agents have sessions of their own.
//
// As sent by Claude Code 2.1.197 and Codex 0.169.0; Pi 0.73.1 names none. The agent may write anything here, so
// only a short and plain name counts, and it decides nothing.

export interface ClientSession {
  readonly id: string
  /** Absent: a person, or whoever started the run, began it. */
  readonly parent?: string
}

const NAME = /^[\w.:-]{1,100}$/
const HEADER = /^([\w-]+):[ \t]*(.*?)[ \t]*$/

/** `lines` are the request's header lines. */
export function readClientSession(lines: readonly string[]): ClientSession | undefined {
  const found = new Map<string, string>()
  for (const line of lines) {
    const [, name = "", value = ""] = HEADER.exec(line) ?? []
    if (NAME.test(value)) found.set(name.toLowerCase(), value)
  }
  const of = (name: string) => found.get(name)
  return claudeSession(of) ?? codexSession(of)
}

type Find = (name: string) => string | undefined

/** Sub-agents share their session's id and have an id of their own beside it. */
function claudeSession(of: Find): ClientSession | undefined {
  const session = of("x-claude-code-session-id")
  if (session === undefined) return undefined
  const agent = of("x-claude-code-agent-id")
  if (agent === undefined) return { id: session }
  const parent = of("x-claude-code-parent-agent-id")
  return { id: `${session}/${agent}`, parent: parent === undefined ? session : `${session}/${parent}` }
}

/** Each agent is a thread; the session is the first one's. */
function codexSession(of: Find): ClientSession | undefined {
  const session = of("session-id")
  const thread = of("thread-id") ?? session
  if (thread === undefined) return undefined
  const parent = of("x-codex-parent-thread-id") ?? (session === thread ? undefined : session)
  return parent === undefined || parent === thread ? { id: thread } : { id: thread, parent }
}
