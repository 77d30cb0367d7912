// Reads a login that a harness keeps in a file on the host: where it is, whose, how long it lasts.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { formatTime, type Injection, OperatorProblem } from "@bot-bottle/contracts"
import { loginId } from "@bot-bottle/logins/renewal"
import { shownPath } from "@bot-bottle/manifest"
import type { HeldCredential, LoginCredential, Provider } from "@bot-bottle/providers"

export type FindVariable = (name: string) => string | undefined

export interface HostLogin {
  /** Names it among processes. */
  readonly id: string
  readonly provider: string
  readonly source: LoginCredential
  readonly file: string
  /** For people. */
  readonly shown: string
  readonly account?: string
  readonly expiresAtMs?: number
  readonly issuedAtMs?: number
  /** By us, while the run runs. */
  readonly isRenewed: boolean
}

export interface ReadLogin {
  readonly login: HostLogin
  readonly secret: string
  readonly injection: Injection
  readonly hosts: readonly string[]
  readonly held: HeldCredential
}

/** Undefined when there is none. Throws OperatorProblem when it cannot be used, nor renewed. */
export function readHostLogin(
  { name: provider }: Pick<Provider, "name">,
  source: LoginCredential,
  file: string,
  options: { readonly find: FindVariable; readonly nowMs: number },
): ReadLogin | undefined {
  const text = readIfThere(source, file)
  if (text === undefined) return undefined
  const shown = shownPath(file)
  const reading = source.read(text, options.nowMs)
  switch (reading.outcome) {
    case "found": {
      const { secret, injection, hosts, held, isRenewable, expiresAtMs, issuedAtMs } = reading
      const isRenewed = isRenewable === true && source.renewal !== undefined
      if (!isRenewed && expiresAtMs !== undefined && expiresAtMs - options.nowMs < MIN_LEFT_MS)
        throw expired(source, shown, expiresAtMs)
      const account = findAccountName(source, options.find) ?? reading.account
      const login: HostLogin = {
        id: loginId(file),
        provider,
        source,
        file,
        shown,
        isRenewed,
        ...(account === undefined ? {} : { account }),
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        ...(issuedAtMs === undefined ? {} : { issuedAtMs }),
      }
      return { login, secret, injection, hosts, held }
    }
    case "absent":
      return undefined
    case "expired":
      throw expired(source, shown, reading.expiredAtMs)
    case "unusable":
      throw new OperatorProblem(`the ${source.title} in ${shown} cannot be used: ${reading.why}`, {
        hint: `run '${source.renew}' on the host`,
      })
  }
}

/** A run that cannot send its second request is useless. */
const MIN_LEFT_MS = 5 * 60_000

function expired({ title, renew }: LoginCredential, shown: string, atMs: number): OperatorProblem {
  return new OperatorProblem(`the ${title} in ${shown} is no longer valid (until ${formatTime(atMs)})`, {
    hint: `run '${renew}' on the host; using it there renews it as well`,
  })
}

/** Undefined when there is no such file. */
function readIfThere({ title, renew }: LoginCredential, path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw new OperatorProblem(`the ${title} in ${shownPath(path)} cannot be read (${code})`, {
      hint: `make the file readable, or run '${renew}' on the host`,
    })
  }
}

/** The file of the harness's own login. */
export function loginPath({ files }: LoginCredential, find: FindVariable): string | undefined {
  return firstOf(files, find)
}

function firstOf(files: LoginCredential["files"], find: FindVariable): string | undefined {
  const [first] = files.flatMap(({ variable, path }) => {
    const folder = find(variable)
    return folder === undefined ? [] : [join(folder, path)]
  })
  return first
}

function findAccountName({ accountFiles = [], readAccountName }: LoginCredential, find: FindVariable) {
  const path = firstOf(accountFiles, find)
  if (path === undefined) return undefined
  try {
    return readAccountName?.(readFileSync(path, "utf8"))
  } catch {
    // Only shown: without it the plan's name is.
    return undefined
  }
}

export function shownLogin(source: LoginCredential, find: FindVariable): string {
  const path = loginPath(source, find)
  return path === undefined
    ? `$${source.files.map(({ variable, path }) => `${variable}/${path}`).join(" or $")}`
    : shownPath(path)
}
