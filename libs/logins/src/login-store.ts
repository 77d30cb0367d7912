// The folder `credentials/` of the host root: one file a login, readable by its owner alone.

import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { StoredLogin } from "@bot-bottle/contracts"
import { ifThere, replaceFile } from "@bot-bottle/kernel"

export interface LoginChoice {
  readonly provider: string
  readonly name: string
}

const FOLDER = "credentials"
export const DEFAULT_NAME = "default"

/** Replaces a login of the same provider and name; a crash leaves the old file or the new one. */
export function saveLogin(root: string, login: StoredLogin): void {
  mkdirSync(join(root, FOLDER), { recursive: true, mode: 0o700 })
  replaceFile(pathOf(root, login), `${JSON.stringify(login, undefined, 2)}\n`)
}

/** By provider, the default first. Throws OperatorProblem for a file that cannot be trusted. */
export function listLogins(root: string): readonly StoredLogin[] {
  const logins = namesIn(join(root, FOLDER)).map((name) => loadReader().readLogin(join(root, FOLDER, name)))
  const rank = ({ name }: StoredLogin) => (name === DEFAULT_NAME ? 0 : 1)
  return logins.sort(
    (a, b) => a.provider.localeCompare(b.provider) || rank(a) - rank(b) || a.name.localeCompare(b.name),
  )
}

/** False when there is none. */
export function removeLogin(root: string, choice: LoginChoice): boolean {
  const removed = ifThere(() => {
    rmSync(pathOf(root, choice))
    return true
  })
  return removed === true
}

/** Finds a secret by the variable that would hold it: in the environment, then in the default logins. */
export function openSecretFinder(
  root: string,
  findVariable: (name: string) => string | undefined,
): (name: string) => string | undefined {
  const findStored = (variable: string) =>
    listLogins(root).flatMap((login) =>
      login.name === DEFAULT_NAME && "variable" in login && login.variable === variable ? [login.secret] : [],
    )[0]
  return (name) => findVariable(name) ?? findStored(name)
}

/** Throws OperatorProblem for a file that cannot be trusted. */
export function findLogin(root: string, { provider, name }: LoginChoice): StoredLogin | undefined {
  return listLogins(root).find((login) => login.provider === provider && login.name === name)
}

function pathOf(root: string, { provider, name }: LoginChoice): string {
  return join(root, FOLDER, `${provider}-${name}.json`)
}

function namesIn(folder: string): readonly string[] {
  return (ifThere(() => readdirSync(folder)) ?? []).filter((name) => name.endsWith(".json"))
}

/** Loaded with the first login that is read: the schema library comes with it, and `--help` reads none. */
function loadReader(): typeof import("./read-login.ts") {
  return require("./read-login.ts")
}
