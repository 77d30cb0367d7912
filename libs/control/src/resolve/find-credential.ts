// Finds the credential a provider needs on the host, in its variables or in what the harness
// keeps there after a login, or says what was looked for.
//
//   INV-43  A metered host without a credential is an error, never a route without one.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { formatTime, type Injection, OperatorProblem, Secret } from "@bot-bottle/contracts"
import { shownPath } from "@bot-bottle/manifest"
import type {
  CredentialSource,
  HeldCredential,
  LoginCredential,
  Provider,
  VariableCredential,
} from "@bot-bottle/providers"
import type { LoginEnd } from "../events.ts"

export interface FoundCredential {
  /** Where on the host it was read from: a variable's name, or a file. */
  readonly name: string
  readonly secret: Secret
  readonly injection: Injection
  /** Of the provider's hosts, those it opens. Absent: all. */
  readonly hosts?: readonly string[]
  /** The part of it that the guest may know. */
  readonly held: HeldCredential
  /** Of a login: when it ends, and what renews it. */
  readonly ends?: { readonly atMs: number; readonly renew: string }
}

export type FindVariable = (name: string) => string | undefined

/** A host variable that a manifest names. */
export interface NamedVariable {
  readonly name: string
  /** Where it is named, for messages: `~/.bot-bottle/bottles/dev.md:7`. */
  readonly at: string
}

/** `tokenRef` replaces the provider's own sources. Throws OperatorProblem when nothing is there. */
export function loadCredential(
  provider: Provider,
  tokenRef: NamedVariable | undefined,
  find: FindVariable,
  nowMs = Date.now(),
): FoundCredential {
  const candidates = tokenRef === undefined ? provider.credentials.map(asOwn) : namedBy(provider, tokenRef.name, find)
  for (const { source, name } of candidates) {
    const found = source.kind === "variable" ? findInVariable(source, name, find) : findLogin(source, find, nowMs)
    if (found !== undefined) return found
  }
  throw new OperatorProblem(
    `${tokenRef === undefined ? "" : `${tokenRef.at}: `}no credential for provider '${provider.name}': looked for ${describe(provider, tokenRef?.name, find)}`,
    {
      hint: `${tokenRef === undefined ? wayToGive(provider) : `export ${tokenRef.name} on the host`}; the bottle never sees it`,
    },
  )
}

/** The first of them that the host has, by name; for a look that reads nothing. Undefined when there is none. */
export function findCredentialName({ credentials }: Provider, find: FindVariable): string | undefined {
  for (const source of credentials) {
    if (source.kind === "variable" && find(source.name) !== undefined) return source.name
    if (source.kind === "login" && readLoginFile(source, find) !== undefined) return shownLogin(source, find)
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

/** Logins that may expire during the run: from then on the provider answers 401. */
export function listLoginEnds(credentials: Iterable<FoundCredential>, nowMs: number): readonly LoginEnd[] {
  return [...credentials].flatMap(({ name, ends }) =>
    ends === undefined || ends.atMs - nowMs > SOON_MS ? [] : [{ name, ...ends }],
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
export function wayToGive({ name, credentials }: Provider): string {
  const variable = credentials.findLast(({ kind }) => kind === "variable")
  const login = credentials.find((source): source is LoginCredential => source.kind === "login")
  return [
    ...(variable === undefined ? [] : [`bot-bottle login ${name}`, `export ${variable.name}`]),
    ...(login === undefined ? [] : [`run '${login.renew}' on the host`]),
  ].join(", or ")
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
  return {
    name,
    secret: loadSecret(`host variable '${name}'`, `set ${name} again without it`, text),
    injection: source.injection,
    ...(source.hosts === undefined ? {} : { hosts: source.hosts }),
    held: { name: source.name },
  }
}

function findLogin(source: LoginCredential, find: FindVariable, nowMs: number): FoundCredential | undefined {
  const text = readLoginFile(source, find)
  if (text === undefined) return undefined
  const file = shownLogin(source, find)
  const reading = source.read(text, nowMs)
  switch (reading.outcome) {
    case "found": {
      const { secret, injection, hosts, held, expiresAtMs } = reading
      return {
        name: file,
        secret: loadSecret(file, `run '${source.renew}' on the host`, secret),
        injection,
        hosts,
        held,
        ...(expiresAtMs === undefined ? {} : { ends: { atMs: expiresAtMs, renew: source.renew } }),
      }
    }
    case "expired":
      throw new OperatorProblem(
        `the ${source.title} in ${file} is no longer valid (until ${formatTime(reading.expiredAtMs)})`,
        {
          hint: `run '${source.renew}' on the host; using it there renews it as well`,
        },
      )
    case "unusable":
      throw new OperatorProblem(`the ${source.title} in ${file} cannot be used: ${reading.why}`, {
        hint: `run '${source.renew}' on the host`,
      })
  }
}

/** Undefined when there is no such file. */
function readLoginFile(source: LoginCredential, find: FindVariable): string | undefined {
  const path = loginPath(source, find)
  if (path === undefined) return undefined
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw new OperatorProblem(`the ${source.title} in ${shownPath(path)} cannot be read (${code})`, {
      hint: `make the file readable, or run '${source.renew}' on the host`,
    })
  }
}

function loginPath({ files }: LoginCredential, find: FindVariable): string | undefined {
  const [first] = files.flatMap(({ variable, path }) => {
    const folder = find(variable)
    return folder === undefined ? [] : [join(folder, path)]
  })
  return first
}

function shownLogin(source: LoginCredential, find: FindVariable): string {
  const path = loginPath(source, find)
  return path === undefined
    ? `$${source.files.map(({ variable, path }) => `${variable}/${path}`).join(" or $")}`
    : shownPath(path)
}

function loadSecret(what: string, hint: string, text: string): Secret {
  // It becomes a header value: a line break in it would be a second header.
  if (/^[\x20-\x7e]+$/.test(text)) return new Secret(text)
  throw new OperatorProblem(`${what} holds a line break or another character no credential has`, { hint })
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
