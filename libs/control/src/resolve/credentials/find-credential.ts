// Finds the credential a provider needs on the host, in its variables or in what the harness
// keeps there after a login, or says what was looked for.
//
//   INV-43  A metered host without a credential is an error, never a route without one. Only a preview,
//           which nothing can launch, notes it instead.

import { existsSync } from "node:fs"
import { type Injection, OperatorProblem, type Secret, type StoredLogin } from "@bot-bottle/contracts"
import { DEFAULT_NAME } from "@bot-bottle/logins"
import type {
  CredentialSource,
  HeldCredential,
  LoginCredential,
  Provider,
  VariableCredential,
} from "@bot-bottle/providers"
import type { LoginEnd } from "../../events.ts"
import { type FindVariable, type HostLogin, loginPath, readHostLogin, shownLogin } from "./host-login.ts"
import { loadSecret } from "./load-secret.ts"
import { runTokenCommand } from "./run-token-command.ts"

export type { FindVariable } from "./host-login.ts"

export interface FoundCredential {
  /** Where on the host it was read from: a variable's name, or a file. */
  readonly name: string
  readonly secret: Secret
  readonly injection: Injection
  /** The hosts of the provider that it opens. Absent: all. */
  readonly hosts?: readonly string[]
  /** The part of it that the guest may know. */
  readonly held: HeldCredential
  /** Of a login that a harness keeps in a file. */
  readonly login?: HostLogin
}

/** A host variable that a manifest names. */
export interface NamedVariable {
  readonly name: string
  /** Where it is named, for messages: `~/.bot-bottle/bottles/dev.md:7`. */
  readonly at: string
}

/** The credential that a manifest names instead of the provider's own. */
export type WantedCredential =
  | ({ readonly kind: "variable" | "login" } & NamedVariable)
  | ({ readonly kind: "command"; readonly argv: readonly string[] } & Pick<NamedVariable, "at">)

export interface CredentialSearch {
  readonly find: FindVariable
  /** The saved login of a provider, by its name. */
  readonly findLogin: (provider: string, name: string) => StoredLogin | undefined
  readonly nowMs: number
}

export interface MissingCredential {
  readonly provider: string
  /** The problem and the fix, as the error of a launch has them. */
  readonly message: string
  readonly hint: string
  /** The shortest command that gives it; undefined for a variable that a manifest names. */
  readonly fix: string | undefined
}

export type CredentialResult =
  | { readonly outcome: "found"; readonly credential: FoundCredential }
  | { readonly outcome: "missing"; readonly missing: MissingCredential }

/** Throws OperatorProblem when nothing is there. */
export function loadCredential(
  provider: Provider,
  wanted: WantedCredential | undefined,
  search: CredentialSearch,
): FoundCredential {
  const result = findCredential(provider, wanted, search)
  if (result.outcome === "found") return result.credential
  const { message, hint } = result.missing
  throw new OperatorProblem(message, { hint })
}

/** Throws OperatorProblem for one that is there and cannot be used. */
export function findCredential(
  provider: Provider,
  wanted: WantedCredential | undefined,
  search: CredentialSearch,
): CredentialResult {
  const credential = searchFor(provider, wanted, search)
  if (credential !== undefined) return { outcome: "found", credential }
  return {
    outcome: "missing",
    missing: {
      provider: provider.name,
      message: `${wanted === undefined ? "" : `${wanted.at}: `}no credential for provider '${provider.name}': looked for ${describe(provider, wanted?.kind === "variable" ? wanted.name : undefined, search.find)}`,
      hint: `${wanted?.kind === "variable" ? `export ${wanted.name} on the host` : wayToGive(provider)}; the bottle never sees it`,
      fix: wanted === undefined && hasVariable(provider) ? `bot-bottle login ${provider.name}` : undefined,
    },
  }
}

function searchFor(
  provider: Provider,
  wanted: WantedCredential | undefined,
  search: CredentialSearch,
): FoundCredential | undefined {
  if (wanted?.kind === "login") return loadNamedLogin(provider, wanted, search)
  if (wanted?.kind === "command") return loadFromCommand(provider, wanted)
  const { find } = search
  const candidates = wanted === undefined ? provider.credentials.map(asOwn) : namedBy(provider, wanted.name, find)
  for (const { source, name } of candidates) {
    const found =
      source.kind === "variable" ? findInVariable(source, name, find) : findDefaultLogin(provider, source, search)
    if (found !== undefined) return found
  }
  return undefined
}

function loadFromCommand(
  provider: Provider,
  { argv, at }: Extract<WantedCredential, { kind: "command" }>,
): FoundCredential {
  const secret = runTokenCommand(argv, at)
  const variables = provider.credentials.filter((source) => source.kind === "variable")
  const text = secret.reveal()
  const source = variables.find(({ prefix }) => prefix !== undefined && text.startsWith(prefix)) ?? variables.at(-1)
  if (source !== undefined) return fromText(source, `token_cmd ${argv[0]}`, secret)
  throw new OperatorProblem(`${at}: provider '${provider.name}' takes no key`, {
    hint: "take 'auth' out of the bottle",
  })
}

/** One of several accounts, which a bottle names. No other is taken in its place. */
function loadNamedLogin(provider: Provider, { name, at }: NamedVariable, search: CredentialSearch): FoundCredential {
  const stored = search.findLogin(provider.name, name)
  const logIn = `bot-bottle login ${provider.name}${name === DEFAULT_NAME ? "" : ` --name ${name}`}`
  if (stored === undefined)
    throw new OperatorProblem(`${at}: no ${provider.name} login is called '${name}' on this host`, { hint: logIn })
  if ("file" in stored) {
    const source = provider.credentials.find((one) => one.kind === "login")
    const found = source && readLogin(provider, source, stored.file, search)
    if (found !== undefined) return found
    throw new OperatorProblem(`${at}: the ${provider.name} login '${name}' is not in ${stored.file} any more`, {
      hint: `log in there again, or name its new place: ${logIn} --file <file>`,
    })
  }
  const source = provider.credentials.find((one) => one.kind === "variable" && one.name === stored.variable)
  if (source?.kind !== "variable")
    throw new OperatorProblem(`${at}: the ${provider.name} login '${name}' is of a kind this version does not know`, {
      hint: logIn,
    })
  return fromText(source, `login '${name}'`, loadSecret(`the ${provider.name} login '${name}'`, logIn, stored.secret))
}

/** The first of them that the host has, by name; for a look that reads nothing. Undefined when there is none. */
export function findCredentialName({ credentials }: Provider, find: FindVariable): string | undefined {
  for (const source of credentials) {
    if (source.kind === "variable" && find(source.name) !== undefined) return source.name
    if (source.kind === "login" && existsSync(loginPath(source, find) ?? "")) return shownLogin(source, find)
  }
  return undefined
}

/** Where a provider's credentials are looked for, in that order. */
export function describeSources({ credentials }: Provider, find: FindVariable): string {
  return credentials
    .map((source) => `${source.kind === "variable" ? source.name : shownLogin(source, find)} (${source.title})`)
    .join(", then ")
}

/** Shorter than many a run. */
const SOON_MS = 2 * 60 * 60_000

/** Logins that may expire during the run and that nobody here renews: from then on the provider answers 401. */
export function listLoginEnds(credentials: Iterable<FoundCredential>, nowMs: number): readonly LoginEnd[] {
  return [...credentials].flatMap(({ login }) =>
    login?.expiresAtMs === undefined || login.isRenewed || login.expiresAtMs - nowMs > SOON_MS
      ? []
      : [{ name: login.shown, atMs: login.expiresAtMs, renew: login.source.renew }],
  )
}

/** A route's own `token_ref`. */
export function loadNamedSecret({ name, at }: NamedVariable, find: FindVariable): Secret {
  const text = find(name)
  if (text !== undefined) return loadSecret(`host variable '${name}'`, `set ${name} again without it`, text)
  throw new OperatorProblem(`${at}: token_ref '${name}' is not set on the host`, {
    hint: `export ${name}, or remove the route's auth`,
  })
}

/** A hint that fixes a missing credential. */
function wayToGive({ name, credentials }: Provider): string {
  const variable = credentials.findLast(({ kind }) => kind === "variable")
  const login = credentials.find((source): source is LoginCredential => source.kind === "login")
  const [printedBy] = credentials.flatMap((source) => (source.kind === "variable" ? (source.printedBy ?? []) : []))
  const takes = printedBy === undefined ? "" : ` (a key, or the output of '${printedBy}')`
  return [
    ...(variable === undefined ? [] : [`bot-bottle login ${name}${takes}`, `export ${variable.name}`]),
    ...(login === undefined ? [] : [`run '${login.renew}' on the host`]),
  ].join(", or ")
}

function hasVariable({ credentials }: Provider): boolean {
  return credentials.some(({ kind }) => kind === "variable")
}

interface Candidate {
  readonly source: CredentialSource
  readonly name: string
}

function asOwn(source: CredentialSource): Candidate {
  return { source, name: source.name }
}

function findInVariable(source: VariableCredential, name: string, find: FindVariable): FoundCredential | undefined {
  const text = find(name)
  if (text === undefined) return undefined
  return fromText(source, name, loadSecret(`host variable '${name}'`, `set ${name} again without it`, text))
}

function fromText(source: VariableCredential, name: string, secret: Secret): FoundCredential {
  const { injection, hosts } = source
  return { name, secret, injection, ...(hosts === undefined ? {} : { hosts }), held: { name: source.name } }
}

/** The file that `login --file` named, or else the harness's own. */
function findDefaultLogin(
  provider: Provider,
  source: LoginCredential,
  search: CredentialSearch,
): FoundCredential | undefined {
  const stored = search.findLogin(provider.name, DEFAULT_NAME)
  const file = stored !== undefined && "file" in stored ? stored.file : loginPath(source, search.find)
  return file === undefined ? undefined : readLogin(provider, source, file, search)
}

function readLogin(
  provider: Provider,
  source: LoginCredential,
  file: string,
  search: CredentialSearch,
): FoundCredential | undefined {
  const read = readHostLogin(provider, source, file, search)
  if (read === undefined) return undefined
  const { login, secret, injection, hosts, held } = read
  const text = loadSecret(login.shown, `run '${source.renew}' on the host`, secret)
  return { name: login.shown, secret: text, injection, hosts, held, login }
}

function namedBy(provider: Provider, tokenRef: string, find: FindVariable): readonly Candidate[] {
  const variables = provider.credentials.filter((source) => source.kind === "variable")
  const exact = variables.find(({ name }) => name === tokenRef)
  const byShape = variables.find((source) => find(tokenRef)?.startsWith(source.prefix ?? "\0") === true)
  const source = exact ?? byShape ?? variables.at(-1)
  return source === undefined ? [] : [{ source, name: tokenRef }]
}

function describe(provider: Provider, tokenRef: string | undefined, find: FindVariable): string {
  return tokenRef === undefined ? describeSources(provider, find) : `${tokenRef} (token_ref)`
}
