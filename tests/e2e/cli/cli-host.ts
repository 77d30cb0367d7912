// A host of a test's own: a root folder with manifests, a stand-in provider, and the real
// command line run against both.

import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { GUEST } from "@bot-bottle/bottle"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import { openTempFolder, type Program, type ProgramResult, runProgram, startProgram } from "@bot-bottle/testkit"

export const REAL_KEY = "sk-ant-api03-the-real-key-of-this-test-0000000000"
/** As every installation starts it. */
export const CLI = [fileURLToPath(import.meta.resolve("bot-bottle/bin/bot-bottle"))] as const

export interface CliHost extends AsyncDisposable {
  readonly root: string
  /** An empty folder to start from, unless a test fills it. */
  readonly cwd: string
  readonly standIn: StandIn
  readonly env: Readonly<Record<string, string>>
  write(path: string, text: string): Promise<void>
  run(...args: readonly string[]): Promise<ProgramResult>
  start(...args: readonly string[]): Program
}

export interface CliHostOptions extends Partial<StandInOptions> {
  /** Added to settings.yml. */
  readonly settings?: string
  /** The name of the host's folder, or a path below the test's own. */
  readonly rootName?: string
  readonly env?: Readonly<Record<string, string>>
}

export async function openCliHost({
  settings = "",
  rootName = "root",
  env = {},
  ...options
}: CliHostOptions = {}): Promise<CliHost> {
  const folder = await openTempFolder()
  const hosts = options.hosts ?? ["api.anthropic.com"]
  const standIn = await startStandIn({ ...options, hosts })
  const root = join(folder.path, rootName)
  const cwd = join(folder.path, "project")
  await mkdir(cwd, { mode: 0o700 })
  const environment = { BOT_BOTTLE_HOME: root, ANTHROPIC_API_KEY: REAL_KEY, ...env }

  const write = async (path: string, text: string) => {
    const target = join(root, path)
    await mkdir(join(target, ".."), { recursive: true, mode: 0o700 })
    await writeFile(target, text, { mode: 0o600 })
  }
  await write("ca.pem", standIn.caPem)
  await write(
    "settings.yml",
    `resolve:\n${hosts.map((name) => `  ${name}: ${standIn.address}\n`).join("")}upstream_ca: ${join(root, "ca.pem")}\n${settings}`,
  )
  return {
    root,
    cwd,
    standIn,
    env: environment,
    write,
    run: (...args) => runProgram([...CLI, ...args], { cwd, env: environment }),
    start: (...args) => startProgram([...CLI, ...args], { cwd, env: environment }),
    async [Symbol.asyncDispose]() {
      await standIn[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A bottle whose agent is this JavaScript, run by the Bun in the bottle. */
export function scriptBottle(script: string, extra = ""): string {
  return programBottle([`${GUEST.runtime}/bun`, "-e", `${GUEST_PRELUDE}${script}`], extra)
}

export function programBottle(argv: readonly string[], extra = ""): string {
  return `---\nagent_provider:\n  template: command\n  meters: [claude]\n  argv: ${JSON.stringify(argv)}\n${extra}---\n`
}

export function agentIn(bottle: string): string {
  return `---\nbottle: ${bottle}\n---\nAn agent of a test.\n`
}

/** The prelude of these tests' scripts. */
const GUEST_PRELUDE = `
const ask = (body = {}) => fetch("https://api.anthropic.com/v1/messages", {
  method: "POST",
  proxy: "http://127.0.0.1:${GUEST.proxyPort}",
  headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "stolen" },
  body: JSON.stringify({ model: "test-model", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...body }),
});
`
