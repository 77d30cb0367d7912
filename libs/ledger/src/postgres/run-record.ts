// A run as the shared ledger keeps it.

import type { HostId, ProcessIdentity, Run, RunStatus, ShutdownPolicy, Tags } from "@bot-bottle/contracts"

/** Numbers of 64 bits come as text. */
export interface RunRecord {
  host: HostId
  slug: string
  label: string
  color: string
  agent: string
  bottles: readonly string[]
  ancestors: readonly string[]
  meters: readonly string[]
  provider: string
  backend: string
  policy: ShutdownPolicy
  tags: Tags
  status: RunStatus
  started_at_ms: string
  ended_at_ms: string | null
  exit_code: number | null
  end_reason: string | null
  launcher: ProcessIdentity
  proxy: ProcessIdentity | null
}

export function runFromRecord(row: RunRecord): Run {
  const {
    host,
    slug,
    label,
    color,
    agent,
    bottles,
    ancestors,
    meters,
    provider,
    backend,
    policy,
    tags,
    status,
    launcher,
  } = row
  return {
    host,
    slug,
    label,
    color,
    agent,
    bottles,
    ancestors,
    meters,
    provider,
    backend,
    policy,
    tags,
    status,
    startedAtMs: Number(row.started_at_ms),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: Number(row.ended_at_ms) }),
    ...(row.exit_code === null ? {} : { exitCode: row.exit_code }),
    ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
    launcher,
    ...(row.proxy === null ? {} : { proxy: row.proxy }),
  }
}
