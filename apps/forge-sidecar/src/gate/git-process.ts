// Starts Git for the gate, in repositories that the gate made, under no configuration but theirs.

export interface GitRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export interface GitRunOptions {
  /** Added to the sealed environment: quarantine folders, a remote's token. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs: number
}

const GIT = "git"

/** Runs to the end. */
export async function runGateGit(
  gitDir: string,
  args: readonly string[],
  { env = {}, stdin, timeoutMs }: GitRunOptions,
): Promise<GitRun> {
  const child = Bun.spawn([GIT, "--no-pager", ...args], {
    cwd: gitDir,
    env: { ...sealedEnvironment(gitDir), ...env },
    stdin: stdin === undefined ? "ignore" : new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { exitCode, stdout, stderr, timedOut: child.signalCode === "SIGKILL" }
}

/** For the two ends of the smart protocol and for large outputs: bytes in, bytes out, while they come. */
export function streamGateGit(
  gitDir: string,
  args: readonly string[],
  {
    env = {},
    stdin,
  }: {
    readonly env?: Readonly<Record<string, string>>
    readonly stdin: ReadableStream<Uint8Array> | Uint8Array | "ignore"
  },
) {
  return Bun.spawn([GIT, "--no-pager", ...args], {
    cwd: gitDir,
    env: { ...sealedEnvironment(gitDir), ...env },
    stdin,
    stdout: "pipe",
    stderr: "pipe",
    killSignal: "SIGKILL",
  })
}

function sealedEnvironment(gitDir: string): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LC_ALL: "C",
    HOME: "/nonexistent",
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_ALLOW_PROTOCOL: "http:https",
  }
}
