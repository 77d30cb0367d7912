// The operator's environment, read once and here only. Everything else is handed an `Env`.

import { homedir } from "node:os"
import { join, resolve } from "node:path"

export interface Env {
  /** Where bot-bottle keeps everything: `~/.bot-bottle`, or `$BOT_BOTTLE_HOME`. */
  readonly root: string
  readonly cwd: string
  readonly dryRun: boolean
  readonly colorAllowed: boolean
  /** For programs of the host that we start: the proxy, package installs. */
  readonly path: string
  /** Who asked, for the audit trail. */
  readonly operator: string
  /** A host variable that a manifest or provider names. Empty counts as absent. */
  find(name: string): string | undefined
}

export function readEnv(): Env {
  const find = (name: string) => process.env[name] || undefined
  return {
    root: resolve(find("BOT_BOTTLE_HOME") ?? join(homedir(), ".bot-bottle")),
    cwd: process.cwd(),
    dryRun: isOn(find("BOT_BOTTLE_DRY_RUN")),
    colorAllowed: find("NO_COLOR") === undefined && find("TERM") !== "dumb",
    path: find("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    operator: find("USER") ?? find("LOGNAME") ?? `uid ${process.getuid?.() ?? "unknown"}`,
    find,
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "0" && value !== "false"
}
