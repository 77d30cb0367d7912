// `setup`: from nothing to a host that can start an agent, in three questions at most. It asks
// only what is not answered yet, so it can be run again; flags answer without a terminal.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { formatTokenCount, parseTokenCount } from "@bot-bottle/budget"
import { OperatorProblem } from "@bot-bottle/contracts"
import { loadHostLookups } from "@bot-bottle/control"
import { DEFAULT_NAME } from "@bot-bottle/logins"
import {
  loadSettings,
  openManifestLibrary,
  STARTER_BOTTLE,
  STARTER_CHOICE,
  type StarterChoice,
  shownPath,
} from "@bot-bottle/manifest"
import { listConfiguredProviders, type Provider } from "@bot-bottle/providers"
import { runChecks } from "../../doctor/checks.ts"
import { exitCodeOf, judge, reportLines } from "../../doctor/report.ts"
import type { Host } from "../../host.ts"
import { AGENT_CHOICES } from "../../program/choices.ts"
import { showProgress } from "../../terminal/progress.ts"
import { askSecret, readSecret, saveSecret } from "./login.ts"
import { writeStarterFiles } from "./write-starter-files.ts"

export interface SetupFlags {
  readonly agent?: StarterChoice["provider"]
  /** Tokens a day of each provider, or `none`. */
  readonly budget?: string
  /** The key comes on stdin. */
  readonly stdin?: boolean
}

const TITLES: Readonly<Record<StarterChoice["provider"], string>> = { claude: "Claude Code", codex: "Codex", pi: "Pi" }
const NO_LIMIT = "none"
const SETTINGS = "settings.yml"

export async function runSetup(host: Host, flags: SetupFlags): Promise<number> {
  const choice = await choose(host, flags)
  if (choice === undefined) return cancel(host)
  const provider = providerOf(choice)
  const key = await readKey(host, provider, flags)
  if (key.kind === "left") return cancel(host)
  // Under the last question.
  if (host.screen.isInteractive) host.screen.print("")
  const written = writeStarterFiles(host.env.root, choice)
  for (const { path, outcome } of written) host.screen.print(`${outcome.padEnd(8)} ${shownPath(path)}`)
  if (flags.budget !== undefined && written.some(({ path, outcome }) => outcome === "kept" && path.endsWith(SETTINGS)))
    noteKeptLimit(host, choice)
  keepKey(host, provider, key)

  const groups = await showProgress(host.screen, "checking this host", runChecks(host))
  host.screen.print("")
  const lines = exitCodeOf(groups) === 0 ? verdictLines(groups) : reportLines(groups, host.screen)
  for (const line of lines) host.screen.print(host.screen.called(line))
  return exitCodeOf(groups)
}

/** The settings are the operator's work by now, so `--budget` is not written into them. */
function noteKeptLimit({ env, screen }: Host, { provider, dailyTokens }: StarterChoice): void {
  if (loadSettings(env.root).budget[provider] === dailyTokens) return
  const change =
    dailyTokens === undefined
      ? "bot-bottle edit settings"
      : `bot-bottle budget set host ${provider} ${formatTokenCount(dailyTokens)} --window day`
  screen.note(`bot-bottle: ${SETTINGS} is kept, so --budget changed nothing; to change the limit: ${change}`)
}

function verdictLines(groups: Parameters<typeof judge>[0]): readonly string[] {
  const { text, next } = judge(groups)
  return [text, `Next: ${next === "bot-bottle start" ? "cd your-project && " : ""}${next}`]
}

async function choose(host: Host, { agent, budget }: SetupFlags): Promise<StarterChoice | undefined> {
  const { env, screen } = host
  const hasSettings = existsSync(join(env.root, SETTINGS))
  const given = budget === undefined ? undefined : readDailyTokens(budget)
  const known = agent ?? findChosenProvider(host)
  if (!screen.isInteractive && known === undefined) {
    throw new OperatorProblem("setup asks questions, and there is no terminal to ask on", {
      exitCode: 2,
      hint: "without one: bot-bottle setup --agent claude --budget 2M",
    })
  }
  const provider = known ?? (await askAgent())
  if (provider === undefined) return undefined
  if (given !== undefined) return { provider, dailyTokens: given.tokens }
  if (hasSettings || !screen.isInteractive) return { ...STARTER_CHOICE, provider }
  const limit = await askLimit()
  return limit === undefined ? undefined : { provider, dailyTokens: limit.tokens }
}

/** The starter bottle's, when an earlier run wrote it. */
function findChosenProvider({ env }: Host): StarterChoice["provider"] | undefined {
  if (!existsSync(join(env.root, `bottles/${STARTER_BOTTLE}.md`))) return undefined
  const { template } = openManifestLibrary({ root: env.root, repoFolder: env.cwd }).loadBottles([
    STARTER_BOTTLE,
  ]).agentProvider
  return AGENT_CHOICES.find((name) => name === template) ?? STARTER_CHOICE.provider
}

async function askAgent(): Promise<StarterChoice["provider"] | undefined> {
  const { pickFrom } = await import("../../terminal/pickers.ts")
  const picked = await pickFrom(
    "Which agent do you use?",
    AGENT_CHOICES.map((value) => ({ value, label: TITLES[value] })),
  )
  return AGENT_CHOICES.find((name) => name === picked)
}

async function askLimit(): Promise<{ readonly tokens: number | undefined } | undefined> {
  const { pickFrom } = await import("../../terminal/pickers.ts")
  const picked = await pickFrom("Daily limit of each provider, for all runs together?", [
    ...[2_000_000, 5_000_000].map((tokens) => ({
      value: formatTokenCount(tokens),
      label: `${formatTokenCount(tokens)} tokens`,
    })),
    { value: NO_LIMIT, label: "none", hint: "usage is recorded all the same" },
  ])
  return picked === undefined ? undefined : readDailyTokens(picked)
}

function readDailyTokens(text: string): { readonly tokens: number | undefined } {
  if (text === NO_LIMIT) return { tokens: undefined }
  const count = parseTokenCount(text)
  if (count.outcome === "parsed") return { tokens: count.tokens }
  throw new OperatorProblem(`--budget: ${count.message}`, { exitCode: 2, hint: "for example: --budget 2M, or none" })
}

function cancel({ screen }: Host): number {
  screen.note("Cancelled. Nothing was written.")
  return 0
}

function providerOf({ provider }: StarterChoice): Provider {
  const known = listConfiguredProviders().find(({ name }) => name === provider)
  if (known === undefined) throw new Error(`The starter files name an unknown provider: ${provider}`)
  return known
}

type Key =
  | { readonly kind: "found"; readonly name: string }
  | { readonly kind: "given"; readonly secret: string }
  | { readonly kind: "later" }
  /** Nobody could be asked. */
  | { readonly kind: "unasked" }
  | { readonly kind: "left" }

/** Asks for a key only where none is found. */
async function readKey(host: Host, provider: Provider, { stdin }: SetupFlags): Promise<Key> {
  if (stdin === true) return { kind: "given", secret: readSecret(provider) }
  const { findCredentialName } = await loadHostLookups()
  const name = findCredentialName(provider, host.env.findSecret)
  if (name !== undefined) return { kind: "found", name }
  if (!host.screen.isInteractive) return { kind: "unasked" }
  const secret = await askSecret(host, provider, { empty: "taken" })
  if (secret === undefined) return { kind: "left" }
  return secret === "" ? { kind: "later" } : { kind: "given", secret }
}

function keepKey(host: Host, provider: Provider, key: Key): void {
  if (key.kind === "found") host.screen.print(`key      ${key.name}`)
  else if (key.kind === "given") saveSecret(host, provider, DEFAULT_NAME, key.secret)
  else if (key.kind === "later") host.screen.note(`No key saved. When you have one: bot-bottle login ${provider.name}`)
}
