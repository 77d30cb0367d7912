// The accounts of the sample host: a login with room, and keys whose provider refuses them.

import type { AccountRow } from "@bot-bottle/contracts"

export function sampleAccounts(nowMs: number, hostileText: string | undefined): readonly AccountRow[] {
  const inMs = (ms: number) => new Date(nowMs + ms).toISOString()
  const login = {
    provider: "claude",
    id: "0123456789abcdef0123456789abcdef",
    login: "~/.claude/.credentials.json",
    name: null,
    owner: hostileText ?? "ana@example.com",
    access_until: inMs(4_000_000),
    is_renewed: true,
    problem: null,
    windows: [
      { name: hostileText ?? "5h", used_percent: 42.4, is_spent: false, resets_at: inMs(4_000_000) },
      { name: "7d", used_percent: 17, is_spent: false, resets_at: inMs(300_000_000) },
    ],
  }
  const spent = { name: "retry", used_percent: null, is_spent: true, resets_at: inMs(600_000) }
  const keys = { login: null, name: null, owner: null, access_until: null, is_renewed: false, problem: null }
  const broken = {
    ...login,
    id: "f".repeat(32),
    name: "work",
    owner: null,
    problem: hostileText ?? "it cannot be renewed",
  }
  return [login, { ...keys, provider: "codex", id: "", windows: [spent] }, { ...broken, windows: [] }]
}
