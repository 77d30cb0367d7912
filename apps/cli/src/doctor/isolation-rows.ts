// The findings of the isolation self-test as rows: for a table, and for machines. Pure.

import type { SelfTestCheck } from "@bot-bottle/guest"
import type { IsolationResult } from "./probe-isolation.ts"

/** Its keys are API. */
export interface IsolationRow {
  readonly backend: string
  readonly name: string
  readonly expected: string
  readonly seen: string
  readonly ok: boolean
  /** The command that fixes it. */
  readonly fix: string | null
}

export function isolationRows(backend: string, result: IsolationResult): readonly IsolationRow[] {
  if (result.outcome === "not-tried") {
    const fix = result.fix ?? "bot-bottle doctor"
    return [{ backend, name: "bottle", expected: "started", seen: result.detail, ok: false, fix }]
  }
  return result.findings.map(({ check, expected, seen, ok }) => ({
    backend,
    name: check,
    expected,
    seen,
    ok,
    fix: ok ? null : fixOf(check, backend),
  }))
}

/** The proxy's own: nothing on this host but its own files can be the reason. */
const PROXY_CHECKS: readonly SelfTestCheck[] = ["listed host", "unlisted host", "DNS", "fronted SNI"]

function fixOf(check: SelfTestCheck, backend: string): string {
  if (PROXY_CHECKS.includes(check)) return "git restore . && bun install   # in bot-bottle's own folder"
  if (backend === "docker") return "sudo systemctl restart docker"
  return "apt-get install --reinstall bubblewrap"
}
