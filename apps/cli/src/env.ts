// The operator's environment, read once and here only. Everything else is handed an `Env`.

import { existsSync, readFileSync, realpathSync } from "node:fs"
import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"
import { BUILD_FORM, OperatorProblem } from "@bot-bottle/contracts"
import { openSecretFinder } from "@bot-bottle/logins"
import { OWN_NAME, ownCall } from "./terminal/own-call.ts"

export interface Env {
  /** Where bot-bottle keeps everything: `~/.bot-bottle`, or `$BOT_BOTTLE_HOME`. */
  readonly root: string
  readonly cwd: string
  readonly dryRun: boolean
  readonly colorAllowed: boolean
  /** For programs of the host that we start: the proxy, package installs. */
  readonly path: string
  /** The person or process that asked, for the audit trail. */
  readonly operator: string
  /** Words by which a shell finds this bot-bottle: see terminal/own-call.ts. */
  readonly call: string
  /** A host variable that a manifest or provider names. Empty counts as absent. */
  find(name: string): string | undefined
  /** A credential: the variable, or else what `login` keeps for it. Never handed to a bottle. */
  findSecret(name: string): string | undefined
}

/** `folder` is where the operator typed the command: our own current folder is never that one. */
export function readEnv(folder: string): Env {
  const find = (name: string) => process.env[name] || undefined
  const root = rootFrom(find("BOT_BOTTLE_HOME"))
  return {
    root,
    cwd: folder,
    dryRun: isOn(find("BOT_BOTTLE_DRY_RUN")),
    colorAllowed: find("NO_COLOR") === undefined && find("TERM") !== "dumb",
    path: find("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    operator:
      find("BOT_BOTTLE_OPERATOR") ?? find("USER") ?? find("LOGNAME") ?? `uid ${process.getuid?.() ?? "unknown"}`,
    call: readCall(find),
    find,
    findSecret: openSecretFinder(root, find),
  }
}

function readCall(find: Env["find"]): string {
  const file = BUILD_FORM === "binary" ? process.execPath : join(Bun.main, "../../bin/bot-bottle")
  const found = Bun.which(OWN_NAME)
  return ownCall({
    form: BUILD_FORM,
    event: find("npm_lifecycle_event"),
    file,
    found: found === null ? undefined : realpathSync(found),
    read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
  })
}

/** A relative one would make every folder bring settings of its own. */
function rootFrom(given: string | undefined): string {
  const home = homedir()
  const root = given ?? join(home, ".bot-bottle")
  if (isAbsolute(root)) return resolve(root)
  if (given === undefined)
    throw new OperatorProblem(`HOME is not an absolute path: ${home}`, {
      hint: "export HOME as one, or name the folder itself: export BOT_BOTTLE_HOME=/an/absolute/path",
    })
  throw new OperatorProblem(`BOT_BOTTLE_HOME is not an absolute path: ${root}`, {
    hint: 'export BOT_BOTTLE_HOME="$HOME/.bot-bottle", or unset it',
  })
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "0" && value !== "false"
}

/** This process's environment as `unset` and `sealPath` make it; undefined when that changes nothing. */
export function sealedEnvironment(
  unset: readonly string[],
  sealPath: (found: { readonly path: string; readonly home: string }) => string,
): NodeJS.ProcessEnv | undefined {
  const path = process.env["PATH"] ?? ""
  const sealed = sealPath({ path, home: process.env["HOME"] || "/" })
  if (sealed === path && unset.every((name) => process.env[name] === undefined)) return undefined
  const kept = Object.entries(process.env).filter(([name]) => !unset.includes(name))
  return { ...Object.fromEntries(kept), PATH: sealed }
}
