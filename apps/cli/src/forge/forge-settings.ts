// Which forge `orchestrate` works with: flags first, then the environment, then what login keeps.

import { readFileSync } from "node:fs"
import { OperatorProblem, Secret } from "@bot-bottle/contracts"
import { parseApiUrl, parseRepositoryName, type RepositoryName } from "@bot-bottle/forge"
import { loadSettings, parseDuration } from "@bot-bottle/manifest"
import type { Env } from "../env.ts"

export interface ForgeFlags {
  readonly api?: string
  readonly repo?: readonly string[]
  readonly issue?: string
  readonly pr?: string
  readonly org?: string
  readonly watchdogTimeout?: string
}

const MIN_WATCHDOG_MS = 1_000
const MAX_WATCHDOG_MS = 30 * 86_400_000
export const DEFAULT_ORG = "bot-bottle"

export function readApi(env: Env, flags: ForgeFlags): string {
  const api = flags.api ?? env.find("FORGE_GITEA_API")
  if (api !== undefined) return parseApiUrl(api)
  throw new OperatorProblem("FORGE_GITEA_API is not set", {
    hint: "export FORGE_GITEA_API=https://gitea.example.com/api/v1, or pass --api",
  })
}

export function readToken(env: Env): Secret {
  return new Secret(readSecret(env, "FORGE_TOKEN", "the bot account's token; docs/forge.md says which scopes it needs"))
}

export function readWebhookSecret(env: Env): Secret {
  return new Secret(readSecret(env, "FORGE_WEBHOOK_SECRET", "the secret that the webhook was created with"))
}

function readSecret(env: Env, name: string, what: string): string {
  const text = env.findSecret(name)
  if (text !== undefined) return text
  throw new OperatorProblem(`${name} is not set`, { hint: `export ${name}: ${what}` })
}

export function readOrg(env: Env, flags: ForgeFlags): string {
  return flags.org ?? env.find("FORGE_ORG") ?? DEFAULT_ORG
}

/** At least one. */
export function readRepositories(env: Env, flags: ForgeFlags): readonly [RepositoryName, ...RepositoryName[]] {
  const own = repositoryOfEnvironment(env)
  const [first, ...others] = flags.repo?.map(readRepository) ?? (own === undefined ? [] : [own])
  if (first !== undefined) return [first, ...others]
  throw new OperatorProblem("no repository is named", {
    hint: "pass --repo owner/name, or export FORGE_OWNER and FORGE_REPO",
  })
}

function repositoryOfEnvironment(env: Env): RepositoryName | undefined {
  const owner = env.find("FORGE_OWNER")
  const repo = env.find("FORGE_REPO")
  return owner === undefined || repo === undefined ? undefined : readRepository(`${owner}/${repo}`)
}

function readRepository(text: string): RepositoryName {
  const [owner = "", repo = "", ...more] = text.split("/")
  const name = more.length === 0 ? parseRepositoryName(owner, repo) : undefined
  if (name !== undefined) return name
  throw new OperatorProblem(`invalid repository '${text}'`, { exitCode: 2, hint: "name it as owner/name" })
}

/** Null when none is named. */
export function readIssueNumber(env: Env, text: string | undefined, variable: string): number | null {
  const given = text ?? env.find(variable)
  if (given === undefined) return null
  if (/^[1-9]\d{0,14}$/.test(given)) return Number(given)
  throw new OperatorProblem(`invalid number '${given}' of ${variable}`, {
    exitCode: 2,
    hint: "an issue has a positive number",
  })
}

export function readMaxRuns(text: string): number {
  if (/^(?:0|[1-9]\d{0,2})$/.test(text)) return Number(text)
  throw new OperatorProblem(`invalid --max-runs '${text}'`, { exitCode: 2, hint: "give a number from 0 to 999" })
}

function readDuration(text: string, name: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new OperatorProblem(`invalid ${name} '${text}'`, { exitCode: 2, hint: "give it as 90s, 30m or 2h" })
}

/** A flag beats the environment, which beats settings.yml. */
export function readWatchdogTimeoutMs(env: Env, { watchdogTimeout }: ForgeFlags): number {
  const given = watchdogTimeout ?? env.find("FORGE_WATCHDOG_TIMEOUT")
  if (given === undefined) return loadSettings(env.root).watchdogTimeoutMs
  const ms = readDuration(given, "watchdog timeout")
  if (ms >= MIN_WATCHDOG_MS && ms <= MAX_WATCHDOG_MS) return ms
  throw new OperatorProblem(`invalid watchdog timeout '${given}'`, { exitCode: 2, hint: "give 1s to 30d" })
}

export interface PromptFlags {
  readonly prompt?: string
  readonly promptFile?: string
}

export function readPrompt({ prompt, promptFile }: PromptFlags): string {
  if ((prompt === undefined) === (promptFile === undefined))
    throw new OperatorProblem("give the prompt once", { exitCode: 2, hint: "--prompt TEXT or --prompt-file FILE" })
  const text = prompt ?? readPromptFile(promptFile ?? "")
  if (text.trim() !== "") return text
  throw new OperatorProblem("the prompt is empty", { exitCode: 2, hint: "say what the agent should do" })
}

function readPromptFile(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    throw new OperatorProblem(`'${path}' cannot be read`, { exitCode: 2, cause: error, hint: "name a text file" })
  }
}
