// An operator's host for tests with real agents. It has a root of its own with the starter
// manifests and a stand-in for the provider. The agents' packages are kept between runs of the
// tests.

import { mkdir, symlink } from "node:fs/promises"
import { join, resolve } from "node:path"
import { findProvider } from "@bot-bottle/providers"
import { installToolchain } from "@bot-bottle/run-state"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import {
  inTurn,
  openTempFolder,
  openTerminal,
  type Program,
  type ProgramResult,
  readJson,
  runProgram,
  startProgram,
  type Terminal,
  TOOLCHAIN_CACHE_ROOT,
  waitFor,
} from "@bot-bottle/testkit"

const LAUNCHER = resolve(import.meta.dir, "../../apps/cli/bin/bot-bottle")
/** The first test may have to install the agent. */
export const INSTALL_MS = 240_000
/** A real agent at work, on a machine that has other things to do. */
const RUN_MS = 60_000
export const REAL_KEY = "sk-ant-api03-the-operators-own-key-1234567890"

export interface AgentHost extends AsyncDisposable {
  readonly standIn: StandIn
  readonly root: string
  /** Runs `bot-bottle` with the real key in its environment. */
  run(...args: readonly string[]): Promise<ProgramResult>
  /** The same, without waiting for its end. */
  start(...args: readonly string[]): Program
  json(...args: readonly string[]): Promise<unknown>
  /** The exit code of a run in the background, by when it has ended. */
  untilEnded(slug: string): Promise<number>
  terminal(...args: readonly string[]): Promise<Terminal>
}

export async function openAgentHost(options: {
  /** Its provider's name. */
  readonly agent: string
  readonly hosts: readonly string[]
  readonly reply?: NonNullable<StandInOptions["reply"]>
  /** Further lines of settings.yml. */
  readonly settings?: string
  readonly sockets?: NonNullable<StandInOptions["sockets"]>
  readonly answer?: NonNullable<StandInOptions["answer"]>
  readonly modelHeaders?: NonNullable<StandInOptions["modelHeaders"]>
  /** Files in the operator's home, by their paths. */
  readonly home?: Readonly<Record<string, string>>
  /** Of the operator, besides the usual key. */
  readonly env?: Readonly<Record<string, string>>
}): Promise<AgentHost> {
  const folder = await openTempFolder()
  const { hosts, reply, answer, modelHeaders, sockets = "accept", home = {} } = options
  const standIn = await startStandIn({
    hosts,
    sockets,
    ...(reply === undefined ? {} : { reply }),
    ...(answer === undefined ? {} : { answer }),
    ...(modelHeaders === undefined ? {} : { modelHeaders }),
  })
  for (const [path, text] of Object.entries(home)) await Bun.write(join(folder.path, path), text)
  const [root, project] = [join(folder.path, "root"), join(folder.path, "project")]
  await Promise.all([
    mkdir(root, { mode: 0o700 }),
    mkdir(project),
    mkdir(join(TOOLCHAIN_CACHE_ROOT, "toolchains"), { recursive: true }),
  ])
  await installAgent(options.agent)
  await symlink(join(TOOLCHAIN_CACHE_ROOT, "toolchains"), join(root, "toolchains"))
  const caFile = join(folder.path, "stand-in-ca.pem")
  await Bun.write(caFile, standIn.caPem)

  const env = {
    PATH: Bun.env["PATH"] ?? "",
    HOME: folder.path,
    TERM: "xterm-256color",
    BOT_BOTTLE_HOME: root,
    ANTHROPIC_API_KEY: REAL_KEY,
    ...options.env,
  }
  const run = (...args: readonly string[]): Promise<ProgramResult> =>
    runProgram([LAUNCHER, ...args], { cwd: project, env, deadlineMs: RUN_MS })

  const init = await run("init")
  if (init.exitCode !== 0) throw new Error(`init failed: ${init.stderr}`)
  const resolved = hosts.map((host) => `  ${host}: ${standIn.address}\n`).join("")
  await Bun.write(join(root, "settings.yml"), `resolve:\n${resolved}upstream_ca: ${caFile}\n${options.settings ?? ""}`)

  return {
    standIn,
    root,
    run,
    start: (...args) => startProgram([LAUNCHER, ...args], { cwd: project, env }),
    json: async (...args) => JSON.parse((await run(...args, "--json")).stdout),
    async untilEnded(slug) {
      const look = async () => {
        const { stdout } = await run("list", "--all", "--json")
        return readJson(stdout, [{ slug: "string", status: "string", exit_code: "number?" }]).find(
          (one) => one.slug === slug && one.status === "ended",
        )
      }
      return (await waitFor(`the end of ${slug}`, look, { deadlineMs: RUN_MS })).exit_code ?? -1
    },
    terminal: (...args) => openTerminal([LAUNCHER, ...args], { cwd: project, env, columns: 100, rows: 32 }),
    async [Symbol.asyncDispose]() {
      await standIn[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** By the product's own installer, with the whole environment of the tests: registries may need it. */
async function installAgent(name: string): Promise<void> {
  const toolchain = findProvider(name)?.toolchain
  if (toolchain === undefined) throw new Error(`No toolchain to install for ${name}`)
  const { npmPackage, version, executable, executableByArch } = toolchain
  const request = {
    root: TOOLCHAIN_CACHE_ROOT,
    provider: name,
    npmPackage,
    version,
    executable: executableByArch?.[process.arch] ?? executable,
  }
  // A run has its turn from its host's ledger. Here every host is a test's own, and the folder is not.
  const turn = { take: async () => true, release: async () => {} }
  const install = () => installToolchain(request, { turn, onProgress() {} })
  await inTurn(join(TOOLCHAIN_CACHE_ROOT, `${name}.turn`), install, { deadlineMs: INSTALL_MS })
}
