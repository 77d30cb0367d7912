// The accounts that pay for this host's runs, for the stream: whose login it is, how long its access
// lasts, and how much of its provider's own windows is used.

import type { AccountRow, ProviderWindow } from "@bot-bottle/contracts"
import { type HostEnv, type ListedLogin, listHostLogins } from "@bot-bottle/control"
import type { WindowsLedger } from "@bot-bottle/ledger"
import { isCurrent } from "../messages/describe-parked.ts"
import { isoOf } from "./event-rows.ts"

export async function readAccounts(
  ledger: WindowsLedger,
  env: Pick<HostEnv, "root" | "findSecret">,
  nowMs: number,
): Promise<readonly AccountRow[]> {
  const windows = (await ledger.listWindows()).filter((window) => isCurrent(window, nowMs))
  const logins = await listHostLogins(env)
  const known = new Set(logins.map(({ id }) => id))
  const others = windows.filter(({ account }) => !known.has(account))
  return [
    ...logins.map((login) => accountRow(login.provider, login.id, login, windows)),
    ...[...Map.groupBy(others, ({ provider, account }) => `${provider} ${account}`).values()].flatMap((group) =>
      group.slice(0, 1).map(({ provider, account }) => accountRow(provider, account, undefined, group)),
    ),
  ]
}

function accountRow(
  provider: string,
  id: string,
  login: ListedLogin | undefined,
  windows: readonly ProviderWindow[],
): AccountRow {
  return {
    provider,
    id,
    login: login?.shown ?? null,
    name: login?.name ?? null,
    owner: login?.account ?? null,
    access_until: login?.expiresAtMs === undefined ? null : isoOf(login.expiresAtMs),
    is_renewed: login?.isRenewed ?? false,
    problem: login?.problem?.why ?? null,
    windows: windows
      .filter((window) => window.provider === provider && window.account === id)
      .map(({ name, usedPermille, isSpent, resetsAtMs }) => ({
        name,
        used_percent: usedPermille === undefined ? null : usedPermille / 10,
        is_spent: isSpent,
        resets_at: resetsAtMs === undefined ? null : isoOf(resetsAtMs),
      })),
  }
}

/** Those of `rows` that a reader does not have yet. */
export function createSentAccounts(): (rows: readonly AccountRow[]) => readonly AccountRow[] {
  const sent = new Map<string, string>()
  return (rows) =>
    rows.filter((row) => {
      const key = `${row.provider} ${row.id}`
      const text = JSON.stringify(row)
      const isKnown = sent.get(key) === text
      sent.set(key, text)
      return !isKnown
    })
}
