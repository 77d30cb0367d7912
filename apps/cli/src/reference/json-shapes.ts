// The keys of what `--json` prints, for docs/reference.md. They are API: the compiler holds each list
// to the function that makes the object.

import type { auditJson } from "../commands/records/audit.ts"
import type { limitJson } from "../commands/records/budget.ts"
import type { listJson } from "../commands/runs/list.ts"
import type { reportJson } from "../doctor/report.ts"
import type { windowJson } from "../messages/describe-parked.ts"

type KeysOf<Make extends (...given: never[]) => unknown> = Readonly<Record<keyof ReturnType<Make> & string, string>>

const LIST: KeysOf<typeof listJson> = {
  slug: "names the run",
  label: "its label",
  color: "of the label, or an empty text",
  host: "the host it runs on",
  agent: "its agent",
  bottles: "its bottles, in merge order",
  provider: "the harness",
  backend: "`bwrap` or `docker`",
  status: "`running`, `cut`, `frozen`, `ended` or `killed`",
  observe: "`true` while unlisted hosts are let through",
  started_at: "a time",
  ended_at: "a time, or `null` while it runs",
  tags: "an object of texts",
  exit_code: "the agent's, or `null` without one",
  end_reason: "`null` when the agent ended by itself, or `crashed`, `budget`, `cut-off` and others",
  parked_until: "the time at which it is resumed by itself, or `null`",
  used_tokens: "what the run was charged",
  cost_usd: "dollars of the requests that have a price, or `null` when no cost is known",
  budget: "the entry of `budgets` for the main provider, or `null`",
  budgets:
    "what governs the run, as `provider`, `scope`, `key`, `unit`, `limit`, `used`, `window`; empty without a limit, and `null` for a run of another host, whose bottles name its budgets",
}

const BUDGETS: KeysOf<typeof limitJson> = {
  scope: "`host`, `fleet`, `bottle`, `agent` or `run`",
  key: "the bottle, agent or run; empty for the others",
  provider: "the provider, or `usd`",
  unit: "`tokens` or `micro_usd`, millionths of a dollar",
  limit: "in that unit",
  used: "in that unit, in this window",
  window: "`total`, `hour`, `day`, `week` or `month`",
  is_ceiling: "`true` for a limit that no narrower one overrides",
  from: "where it is set",
}

const AUDIT: KeysOf<typeof auditJson> = {
  seq: "counts from 1, for each host",
  at: "a time",
  slug: "the run, or an empty text",
  kind: "what was done",
  actor: "who did it",
  detail: "an object, by kind",
  prev_hash: "`hash` of the entry before",
  hash: "over this entry and `prev_hash`",
  host: "the host that recorded it",
}

const WINDOWS: KeysOf<typeof windowJson> = {
  provider: "the provider",
  account: "the account it counts for",
  name: "the provider's name for it",
  used_percent: "a number, or `null` where the provider does not say",
  is_spent: "`true` when requests are refused until it starts again",
  resets_at: "a time, or `null`",
  seen_at: "when the provider said so",
}

const DOCTOR: KeysOf<typeof reportJson> = {
  ok: "`false` when something failed",
  verdict: "one sentence",
  next: "the command that comes next",
  checks: "each with `check`, `state` (`ok`, `fail` or `note`), `detail` and `fix` (or `null`)",
}

export interface JsonShape {
  readonly command: string
  readonly prints: string
  readonly keys: Readonly<Record<string, string>>
}

export const JSON_SHAPES: readonly JsonShape[] = [
  { command: "list", prints: "an array; of each run:", keys: LIST },
  {
    command: "usage",
    prints:
      "`rows` (the key that `--by` names, then the figures of the CSV), `totals` with the same figures, and `windows`, the limits of the providers themselves; of each window:",
    keys: WINDOWS,
  },
  { command: "budget list", prints: "an array; of each limit:", keys: BUDGETS },
  { command: "audit", prints: "an array; of each entry:", keys: AUDIT },
  { command: "doctor", prints: "an object:", keys: DOCTOR },
]
