// Whether this host shares its ledger, and how the database is reached: settings.yml, or
// BOT_BOTTLE_LEDGER, which beats it.

import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { OperatorProblem, type SharedLedgerConfig } from "@bot-bottle/contracts"
import { loadSettings, type Settings } from "@bot-bottle/manifest"
import type { HostEnv } from "./host.ts"

type LedgerEnv = Pick<HostEnv, "root" | "find" | "findSecret">

/** Undefined when the ledger is the host's own. Throws OperatorProblem for a password that is not there. */
export function findSharedLedger(env: LedgerEnv): SharedLedgerConfig | undefined {
  const settings = loadNamingSettings(env)
  const address = env.find("BOT_BOTTLE_LEDGER") ?? settings?.ledger ?? "sqlite"
  if (address === "sqlite") return undefined
  const name = settings?.ledgerTokenRef
  const password = name === undefined ? undefined : env.findSecret(name)
  if (name !== undefined && password === undefined) {
    throw new OperatorProblem(`the shared ledger's password is not there: ${name}`, {
      hint: `export ${name}=…, or remove ledger_token_ref and keep it in ~/.pgpass`,
    })
  }
  return { url: address, ...(password === undefined ? {} : { password }), home: env.find("HOME") ?? homedir() }
}

/** Every command opens the ledger; most hosts have nothing to read here, and YAML takes a while to load. */
function loadNamingSettings({ root }: LedgerEnv): Settings | undefined {
  const path = join(root, "settings.yml")
  if (!existsSync(path) || !/^ledger/m.test(readFileSync(path, "utf8"))) return undefined
  return loadSettings(root)
}
