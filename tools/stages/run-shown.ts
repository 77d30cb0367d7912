// Runs one program of a stage: its output goes to the terminal as it comes, and is kept.
//
// The program leads a process group of its own, which ends with it: on its deadline, on Ctrl-C,
// and also when it ended well but left something behind that holds its output open.

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
}

// The developer's own variables about agents, keys and bottles must not reach a test.
const KEPT_OUT = /^(ANTHROPIC|CLAUDE|OPENAI|CODEX|GITEA|BOT_BOTTLE)_/

export async function runShown(argv: readonly string[], { cwd, deadlineS, env }: ShownOptions): Promise<ShownRun> {
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
  const leave = () => {
    endGroup()
    process.exit(130)
  }
  process.once("SIGINT", leave)
  process.once("SIGTERM", leave)

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
      to.write(chunk)
    }
  }
  const shown = Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr)])
  const exitCode = await child.exited
  clearTimeout(deadline)
  process.off("SIGINT", leave)
  process.off("SIGTERM", leave)
  endGroup()
  await shown
  return { exitCode, output, timedOut }
}
