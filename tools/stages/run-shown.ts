// Runs one program of a stage: its output goes to the terminal as it comes, and is kept. Of a program that
// runs beside others it goes there at its end, in one piece.
//
// The program leads a process group of its own, which ends with it. That happens on its deadline,
// on Ctrl-C, and when it ended well but left something behind that holds its output open.

export interface ShownRun {
  readonly exitCode: number
  /** stdout and stderr, in the order they came. */
  readonly output: string
  readonly timedOut: boolean
}

export interface ShownOptions {
  readonly cwd: string
  readonly deadlineS: number
  readonly env?: Readonly<Record<string, string>>
  /** Printed before its output. With it the output is held until the program has ended. */
  readonly heldUnder?: string
}

// The developer's own variables about agents, keys and bottles must not reach a test.
const KEPT_OUT = /^(ANTHROPIC|CLAUDE|OPENAI|CODEX|GITEA|BOT_BOTTLE)_/

/** Each ends a group that runs now. One listener serves all, because it leaves this process. */
const endings = new Set<() => void>()

export async function runShown(argv: readonly string[], options: ShownOptions): Promise<ShownRun> {
  const { cwd, deadlineS, env, heldUnder } = options
  const inherited = Object.entries(process.env).filter(([name]) => !KEPT_OUT.test(name))
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  })
  const endGroup = () => {
    try {
      process.kill(-child.pid, "SIGKILL")
    } catch {
      // ESRCH: the group is empty already.
    }
  }
  endings.add(endGroup)
  if (endings.size === 1) for (const signal of SIGNALS) process.on(signal, leave)

  let timedOut = false
  const deadline = setTimeout(() => {
    timedOut = true
    endGroup()
  }, deadlineS * 1000)

  let output = ""
  const show = async (from: ReadableStream<Uint8Array>, to: NodeJS.WriteStream) => {
    const decoder = new TextDecoder()
    for await (const chunk of from) {
      output += decoder.decode(chunk, { stream: true })
      if (heldUnder === undefined) to.write(chunk)
    }
  }
  const shown = Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr)])
  const exitCode = await child.exited
  clearTimeout(deadline)
  endGroup()
  endings.delete(endGroup)
  if (endings.size === 0) for (const signal of SIGNALS) process.off(signal, leave)
  await shown
  if (heldUnder !== undefined) process.stdout.write(`${heldUnder}\n${output}`)
  return { exitCode, output, timedOut }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const

function leave(): void {
  for (const endGroup of endings) endGroup()
  process.exit(130)
}
