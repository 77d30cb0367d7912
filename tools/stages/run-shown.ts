// Runs one program of a stage: its output goes to the terminal as it comes, and is kept.

export interface ShownRun {
  readonly exitCode: number
  /** stdout and stderr, in the order they came. */
  readonly output: string
}

// Whatever the developer's shell holds about agents, keys and bottles must not reach a test.
const KEPT_OUT = /^(ANTHROPIC|CLAUDE|OPENAI|CODEX|GITEA|BOT_BOTTLE)_/

export async function runShown(
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ShownRun> {
  const inherited = Object.entries(process.env).filter(([name]) => !KEPT_OUT.test(name))
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let output = ""
  const show = async (from: ReadableStream<Uint8Array>, to: NodeJS.WriteStream) => {
    const decoder = new TextDecoder()
    for await (const chunk of from) {
      output += decoder.decode(chunk, { stream: true })
      to.write(chunk)
    }
  }
  await Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr)])
  return { exitCode: await child.exited, output }
}
