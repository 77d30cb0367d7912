// The Docker engine, spoken to through its own command line: that knows contexts, sockets and
// certificates as the operator has set them up. Argument lists, never a shell.

import { asList, asObject, asText, OperatorProblem, parseJson } from "@bot-bottle/contracts"
import { findTool } from "@bot-bottle/kernel"

/** How the operator's engine is reached. Plain data: it is handed to the process that keeps a bottle. */
export interface Engine {
  readonly cli: string
  readonly env: Readonly<Record<string, string>>
}

/** A variable of the operator's environment. */
export type FindVariable = (name: string) => string | undefined

/** All that the command line reads to find the engine, and no more of the operator's environment. */
export const ENGINE_VARIABLES: readonly string[] = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
  "DOCKER_API_VERSION",
  "HOME",
  "PATH",
]

export const USE_BWRAP = "start the engine, or use bubblewrap, which needs none: --backend bwrap"

export function findEngine(find: FindVariable): Engine | undefined {
  const cli = findTool("docker")
  if (cli === undefined) return undefined
  const found = ENGINE_VARIABLES.flatMap((name) => {
    const value = find(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { cli, env: Object.fromEntries(found) }
}

/** Throws OperatorProblem, exit code 3. */
export function requireEngine(find: FindVariable): Engine {
  const engine = findEngine(find)
  if (engine !== undefined) return engine
  throw new OperatorProblem("No isolation available: docker is not installed", {
    hint: "install Docker, or use bubblewrap: --backend bwrap",
    exitCode: 3,
  })
}

export interface DockerOutcome {
  readonly exitCode: number
  readonly stdout: string
  /** Its last words, without Docker's own preambles. */
  readonly problem: string
}

const TIMEOUT_MS = 30_000

export interface DockerOptions {
  readonly stdin?: string
  readonly timeoutMs?: number
  /** Becomes the command's /dev/fd/3. */
  readonly extraFd?: number
}

/** Never throws for what the engine says. An engine that hangs counts as one that failed. */
export async function runDocker(
  { cli, env }: Engine,
  args: readonly string[],
  { stdin, timeoutMs = TIMEOUT_MS, extraFd }: DockerOptions = {},
): Promise<DockerOutcome> {
  const child = Bun.spawn([cli, ...args], {
    env: { ...env },
    cwd: "/",
    stdio: [
      stdin === undefined ? "ignore" : Buffer.from(stdin),
      "pipe",
      "pipe",
      ...(extraFd === undefined ? [] : [extraFd]),
    ],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  const problem = child.signalCode === null ? lastWords(stderr) : "the engine does not answer"
  return { exitCode, stdout: stdout.trim(), problem }
}

function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("See 'docker"))
  return (lines.at(-1) ?? "").replace(/^(docker|ERROR): /, "").replace(/^Error response from daemon: /, "")
}

/** Facts of an engine that decide how a bottle is built in it. */
export interface EngineFacts {
  readonly version: string
  readonly operatingSystem: string
  /** gVisor, under the name its own installer gives it. */
  readonly hasRunsc: boolean
  /** Containers' users are not the host's: `rootless` or `userns`. */
  readonly remapsUsers: boolean
  readonly hasSeccomp: boolean
  readonly limits: ReadonlySet<"memory" | "pids" | "cpu">
}

export type EngineResult =
  | { readonly outcome: "found"; readonly facts: EngineFacts }
  | { readonly outcome: "unreachable"; readonly problem: string }

export async function readEngine(engine: Engine): Promise<EngineResult> {
  const { exitCode, stdout, problem } = await runDocker(engine, INFO)
  return toResult(stdout, exitCode === 0 ? "" : problem || `docker info ended with ${exitCode}`)
}

/** For callers that cannot wait: the preflight. */
export function readEngineNow({ cli, env }: Engine): EngineResult {
  const child = Bun.spawnSync([cli, ...INFO], { env: { ...env }, cwd: "/", stdio: ["ignore", "pipe", "pipe"] })
  return toResult(child.stdout.toString(), child.exitCode === 0 ? "" : lastWords(child.stderr.toString()))
}

const INFO = ["info", "--format", "{{json .}}"]

function toResult(text: string, problem: string): EngineResult {
  // An old command line prints an error where JSON was asked for.
  const info = asObject(parseJson(text)) ?? {}
  const version = asText(info["ServerVersion"]) ?? ""
  // With the engine down, the newer command lines still print what they know of themselves.
  if (version === "") {
    const error = asText(asList(info["ServerErrors"])[0])
    return { outcome: "unreachable", problem: error ?? (problem || "it says nothing about itself") }
  }
  const options = asList(info["SecurityOptions"]).map((option) => (asText(option) ?? "").split(",")[0])
  return {
    outcome: "found",
    facts: {
      version,
      operatingSystem: asText(info["OperatingSystem"]) ?? "",
      hasRunsc: Object.hasOwn(asObject(info["Runtimes"]) ?? {}, "runsc"),
      remapsUsers: options.includes("name=rootless") || options.includes("name=userns"),
      hasSeccomp: options.includes("name=seccomp"),
      limits: new Set([
        ...(info["MemoryLimit"] === true ? ["memory" as const] : []),
        ...(info["PidsLimit"] === true ? ["pids" as const] : []),
        ...(info["CpuCfsQuota"] === true ? ["cpu" as const] : []),
      ]),
    },
  }
}

/** Throws OperatorProblem, exit code 3, for an engine in which no bottle can be built. */
export async function requireFacts(engine: Engine): Promise<EngineFacts> {
  const result = await readEngine(engine)
  const problem = result.outcome === "unreachable" ? result.problem : findUnfit(result.facts)
  if (result.outcome === "found" && problem === undefined) return result.facts
  throw new OperatorProblem(`No isolation available: the docker engine: ${problem}`, { hint: USE_BWRAP, exitCode: 3 })
}

export function findUnfit({ remapsUsers, hasSeccomp }: EngineFacts): string | undefined {
  if (remapsUsers) return "it runs rootless or with remapped users, who cannot own a run's files"
  if (!hasSeccomp) return "it cannot filter system calls (built without seccomp)"
  return undefined
}
