// The demo's own small host: a root folder that is gone afterwards, manifests like anyone
// would write them, and a stand-in provider that keeps a bill.

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { asObject, foreignProgram, looseProgram, parseJson } from "@bot-bottle/contracts"
import type { HostEnv } from "@bot-bottle/control"
import { ensureHostRoot } from "@bot-bottle/manifest"
import { type StandIn, type StandInReply, startStandIn } from "@bot-bottle/stand-in"

export const DEMO_BUDGET_TOKENS = 600
/** Shaped like a real one, and opens nothing. */
export const DEMO_KEY = "sk-ant-api03-demo-key-that-opens-nothing"

const PROVIDER_HOST = "api.anthropic.com"
const INPUT_TOKENS = 24
const OUTPUT_TOKENS = 140
const GREETING = "Hello from inside the bottle. Everything I say is counted on the way out, by someone I cannot reach."

/** A listed host that nobody bills. */
const DOCS_HOST = "docs.example.com"

export interface DemoHost extends AsyncDisposable {
  readonly env: HostEnv
  readonly standIn: StandIn
}

export async function openDemoHost(env: Pick<HostEnv, "path" | "operator">): Promise<DemoHost> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bot-bottle-demo-")))
  const root = join(folder, "root")
  ensureHostRoot(root)
  const standIn = await startStandIn({ hosts: [PROVIDER_HOST], reply: (request, index) => answer(request.body, index) })
  const docs = await startStandIn({ hosts: [DOCS_HOST] })
  writeManifests(root, { provider: standIn, docs })
  const find = (name: string) => (name === "ANTHROPIC_API_KEY" ? DEMO_KEY : undefined)
  return {
    env: {
      ...env,
      root,
      cwd: writeProject(folder),
      find,
      findSecret: find,
    },
    standIn,
    [Symbol.asyncDispose]: async () => {
      await standIn[Symbol.asyncDispose]()
      await docs[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The folder that the demo gives its agent. */
function writeProject(folder: string): string {
  const project = join(folder, "project")
  mkdirSync(project, { mode: 0o700 })
  writeFileSync(join(project, "agent.ts"), readFileSync(looseProgram("demo-agent")))
  return project
}

/** Never more output than the request allows: the proxy lowers that when little of the budget remains. */
function answer(body: string, index: number): StandInReply {
  const allowed = asObject(parseJson(body))?.["max_tokens"]
  return {
    text: index === 0 ? GREETING : "A home, a workspace, and one way out.",
    delayMs: index === 0 ? 40 : 0,
    usage: {
      inputTokens: INPUT_TOKENS,
      outputTokens: Math.min(OUTPUT_TOKENS, typeof allowed === "number" ? allowed : OUTPUT_TOKENS),
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    },
  }
}

function writeManifests(root: string, { provider, docs }: Readonly<Record<"provider" | "docs", StandIn>>): void {
  ensureHostRoot(join(root, "bottles"))
  ensureHostRoot(join(root, "agents"))
  const write = (path: string, lines: readonly string[]) =>
    writeFileSync(join(root, path), `${lines.join("\n")}\n`, { mode: 0o600 })
  const argv = foreignProgram(
    `${GUEST.runtime}/bun`,
    `${GUEST.workspace}/agent.ts`,
    `http://127.0.0.1:${GUEST.proxyPort}`,
  )

  write("stand-in-ca.pem", [provider.caPem, docs.caPem])
  write("settings.yml", [
    "resolve:",
    `  ${PROVIDER_HOST}: ${provider.address}`,
    `  ${DOCS_HOST}: ${docs.address}`,
    `upstream_ca: ${join(root, "stand-in-ca.pem")}`,
  ])
  write("bottles/demo.md", [
    "---",
    `agent_provider: { template: command, argv: ${JSON.stringify(argv)}, meters: [claude] }`,
    `egress: { routes: [{ host: ${DOCS_HOST} }] }`,
    "---",
  ])
  write("agents/demo.md", ["---", "bottle: demo", "---", "Shows what a bottle is."])
}
