// `login` and `logout`: keys and tokens kept on the host, so that a new terminal, cron and a
// resume need no export. A bottle gets a placeholder, whatever the source.

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { formatTime, OperatorProblem } from "@bot-bottle/contracts"
import { DEFAULT_NAME, listLogins, removeLogin, saveLogin } from "@bot-bottle/logins"
import { ensureHostRoot } from "@bot-bottle/manifest"
import { listConfiguredProviders, type Provider, type VariableCredential } from "@bot-bottle/providers"
import type { Host } from "../../host.ts"
import { AGENT_CHOICES } from "../../program/choices.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"
import { formatTable } from "../../terminal/table.ts"

export interface LoginFlags {
  readonly name?: string
  readonly stdin?: boolean
  /** As typed. */
  readonly file?: string
  readonly list?: boolean
  readonly json?: boolean
}

export async function runLogin(host: Host, name: string | undefined, flags: LoginFlags): Promise<number> {
  if (flags.list === true) return showLogins(host, flags)
  const provider = readProvider(name)
  const account = readAccount(flags.name)
  if (flags.file !== undefined) return saveFile(host, provider, account, resolve(host.env.cwd, flags.file))
  const secret = flags.stdin === true ? readSecret(provider) : await askSecret(host, provider, { empty: "refused" })
  if (secret === undefined) {
    host.screen.note("Cancelled.")
    return 0
  }
  saveSecret(host, provider, account, secret)
  return 0
}

/** Keeps where the login is, not what is in it: a copy would renew beside the original, and end both. */
function saveFile(host: Host, provider: Provider, account: string, file: string): number {
  const source = provider.credentials.find((one) => one.kind === "login")
  if (source === undefined)
    throw new OperatorProblem(`--file: ${provider.name} keeps no login in a file`, {
      exitCode: 2,
      hint: `bot-bottle login ${provider.name}`,
    })
  const reading = source.read(readLoginText(file, source.renew), Date.now())
  if (reading.outcome !== "found")
    throw new OperatorProblem(`${file} holds no ${source.title} that can be used`, {
      hint: `log in there first: ${source.renew}`,
    })
  ensureHostRoot(host.env.root)
  const savedAt = formatTime(Date.now())
  saveLogin(host.env.root, { version: 1, provider: provider.name, name: account, file, savedAt })
  host.screen.print(
    `${provider.name}: the login in ${file} is used${account === DEFAULT_NAME ? "" : ` as '${account}'`}`,
  )
  return 0
}

function readLoginText(file: string, renew: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new OperatorProblem(`${file} cannot be read (${code})`, { hint: `log in there first: ${renew}` })
  }
}

/** Throws OperatorProblem for a text that is not a key of this provider. */
export function saveSecret(host: Host, provider: Provider, account: string, secret: string): void {
  const source = recognise(provider, secret)
  ensureHostRoot(host.env.root)
  saveLogin(host.env.root, {
    version: 1,
    provider: provider.name,
    name: account,
    variable: source.name,
    secret,
    savedAt: formatTime(Date.now()),
  })
  host.screen.print(`${provider.name}: ${source.title} saved${account === DEFAULT_NAME ? "" : ` as '${account}'`}`)
}

export async function runLogout(
  host: Host,
  name: string,
  flags: { readonly name?: string; readonly yes?: boolean },
): Promise<number> {
  const provider = readProvider(name)
  const account = readAccount(flags.name)
  const saved = listLogins(host.env.root).some((one) => one.provider === provider.name && one.name === account)
  if (!saved) throw unknownLogin(provider, account)
  const without = `bot-bottle logout ${provider.name} --yes`
  const question = `Remove the ${provider.name} login '${account}' from this host?`
  if (!(await confirmWrite(host.screen, { given: flags.yes === true, question, without }))) return 0
  if (!removeLogin(host.env.root, { provider: provider.name, name: account })) throw unknownLogin(provider, account)
  host.screen.print(`${provider.name}: logged out`)
  return 0
}

function unknownLogin(provider: Provider, account: string): OperatorProblem {
  return new OperatorProblem(`no ${provider.name} login is called '${account}'`, {
    hint: "see 'bot-bottle login --list'",
  })
}

/** From stdin. Throws OperatorProblem for a text that is not a key of this provider. */
export function readSecret(provider: Provider): string {
  const secret = readFileSync(0, "utf8").trim()
  recognise(provider, secret)
  return secret
}

/** A key of this provider, as the operator pasted it; undefined when they left. `empty`: Enter alone answers "". */
export async function askSecret(
  { screen }: Host,
  provider: Provider,
  { empty }: { readonly empty: "taken" | "refused" },
): Promise<string | undefined> {
  if (!screen.isInteractive) {
    throw new OperatorProblem("login asks for a key, and there is no terminal to ask on", {
      exitCode: 2,
      hint: `with the key on its stdin: bot-bottle login ${provider.name} --stdin`,
    })
  }
  const { askHidden } = await import("../../terminal/pickers.ts")
  // Nobody here listens for SIGHUP, so a closed terminal ends this process itself.
  const question = `${questionFor(provider)}${empty === "taken" ? " (Enter alone: later)" : ""}`
  const check = (answer: string) =>
    answer.trim() === "" && empty === "taken" ? undefined : findKeyProblem(provider, answer.trim())
  const answer = await askHidden(question, { check, signal: new AbortController().signal })
  return answer?.trim()
}

function findKeyProblem(provider: Provider, secret: string): string | undefined {
  try {
    recognise(provider, secret)
    return undefined
  } catch (error) {
    if (!(error instanceof OperatorProblem)) throw error
    return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`
  }
}

function questionFor(provider: Provider): string {
  if (provider.name === "claude") return "Paste an API key, or the output of 'claude setup-token'"
  return `Paste the ${variablesOf(provider)
    .map(({ title }) => title)
    .join(" or the ")}`
}

/** By the longest beginning that fits; a provider with one kind of key takes any that fits no other's. */
export function recognise(provider: Provider, secret: string): VariableCredential {
  if (secret === "" || /\s/.test(secret)) {
    throw new OperatorProblem(secret === "" ? "no key was given" : "a key is one word without blanks", {
      hint: "give it as the provider shows it",
    })
  }
  const sources = variablesOf(provider)
  const [nearest] = listConfiguredProviders()
    .flatMap((owner) => variablesOf(owner).map((source) => ({ owner, source, prefix: source.prefix ?? "" })))
    .filter(({ prefix }) => prefix !== "" && secret.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  const own = sources.find(({ name }) => name === nearest?.source.name)
  const [only, ...others] = sources
  const source = own ?? (nearest === undefined && others.length === 0 ? only : undefined)
  if (source !== undefined) return source
  throw new OperatorProblem(
    nearest === undefined
      ? `this is not a key of provider '${provider.name}'`
      : `this is ${nearest.source.title}, not a key of provider '${provider.name}'`,
    { hint: nearest === undefined ? `it takes: ${describeKinds(sources)}` : `bot-bottle login ${nearest.owner.name}` },
  )
}

function describeKinds(sources: readonly VariableCredential[]): string {
  return sources.map(({ title, prefix }) => (prefix === undefined ? title : `${title} (${prefix}…)`)).join(", ")
}

function variablesOf({ credentials }: Provider): readonly VariableCredential[] {
  return credentials.filter((source) => source.kind === "variable")
}

/** The command line has checked the name. */
function readProvider(name: string | undefined): Provider {
  const provider = listConfiguredProviders().find((candidate) => candidate.name === name)
  if (provider !== undefined) return provider
  throw new OperatorProblem("login needs a provider", {
    exitCode: 2,
    hint: `one of ${AGENT_CHOICES.join(", ")}, for example: bot-bottle login claude`,
  })
}

function readAccount(name: string | undefined): string {
  if (name === undefined) return DEFAULT_NAME
  if (/^[a-z][a-z0-9-]{0,63}$/.test(name)) return name
  throw new OperatorProblem(`invalid --name '${name}'`, { exitCode: 2, hint: "lower-case letters, digits and dashes" })
}

function showLogins({ env, screen }: Host, { json }: LoginFlags): number {
  const rows = listLogins(env.root).map((login) => ({
    provider: login.provider,
    name: login.name,
    ...("file" in login ? { file: login.file } : { variable: login.variable }),
    saved_at: login.savedAt,
  }))
  if (json === true) screen.print(JSON.stringify(rows, null, 2))
  else if (rows.length === 0) screen.note("No logins yet. To save one: bot-bottle login claude")
  else {
    const columns = [
      { title: "PROVIDER" },
      { title: "NAME" },
      { title: "KIND", minWidth: 10 },
      { title: "SAVED", dropOrder: 1 },
    ]
    const cells = rows.map((row) => [row.provider, row.name, "file" in row ? row.file : row.variable, row.saved_at])
    for (const line of formatTable(columns, cells, { width: screen.width })) screen.print(line)
  }
  return 0
}
