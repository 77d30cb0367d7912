// The figures of a session that has ended: what it changed, used and was refused. Each is left out
// when it cannot be had: the end of a run must not fail for its summary.

import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import { type DenialReason, EGRESS_FILES, ROUTE_DENIALS, runFolders, type Slug, USD } from "@bot-bottle/contracts"
import { egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import type { Ledger, UsageRow } from "@bot-bottle/ledger"
import type { Provider } from "@bot-bottle/providers"
import type { RefusedHost, SessionTally } from "../events.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"

export interface TallyOptions {
  readonly root: string
  readonly slug: Slug
  readonly ledger: Pick<Ledger, "usage" | "governingBudget">
  readonly launch: Pick<ResolvedLaunch, "bottle" | "provider" | "workspace" | "budgetsFor">
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Never rejects. */
export async function tallySession(options: TallyOptions): Promise<SessionTally> {
  const { root, slug, ledger, launch, startedAtMs, endedAtMs } = options
  const folders = runFolders(root, slug)
  const [changes, usage, money, refused] = await Promise.all([
    orNothing(() => countChanges(folders, options)),
    orNothing(async () => totalOf(await ledger.usage({ by: "provider", sinceMs: startedAtMs, slug }))),
    orNothing(() => ledger.governingBudget(launch.budgetsFor(slug), USD)),
    orNothing(async () =>
      listRefused(readEnd(join(folders.egress, EGRESS_FILES.events)), startedAtMs, launch.provider.dispensable ?? []),
    ),
  ])
  return {
    durationMs: endedAtMs - startedAtMs,
    ...(changes === undefined ? {} : { changes }),
    ...(usage === undefined ? {} : { usage }),
    ...(money === undefined ? {} : { money: { usedMicroUsd: money.usedTokens, limitMicroUsd: money.limitTokens } }),
    refused: refused ?? [],
    ...(existsSync(launch.bottle.file) ? { bottle: launch.bottle.name } : {}),
  }
}

async function countChanges(folders: ReturnType<typeof runFolders>, { launch, slug }: TallyOptions) {
  if (launch.workspace === "bind" || !existsSync(folders.baseline)) return undefined
  const { tallyChanges } = await import("@bot-bottle/workspace/tally")
  return tallyChanges({ workspace: folders.workspace, baseline: folders.baseline, slug })
}

function totalOf(rows: readonly UsageRow[]): SessionTally["usage"] {
  const sum = (figure: (row: UsageRow) => number) => rows.reduce((total, row) => total + figure(row), 0)
  const requests = sum((row) => row.requests)
  if (requests === 0) return undefined
  return {
    requests,
    chargedTokens: sum((row) => row.chargedTokens),
    costMicroUsd: sum((row) => row.costMicroUsd),
    unpricedRequests: sum((row) => row.unpricedRequests),
  }
}

/** Those that a route of the bottle would let through. */
const BY_THE_LIST: ReadonlySet<DenialReason> = new Set(ROUTE_DENIALS)
/** An agent can invent hosts without end. */
const MAX_HOSTS = 1_000

/** From the lines of the event log, without the harness's own dispensable requests. A line that is cut off, or is not an event, does not count. */
export function listRefused(
  log: string,
  sinceMs: number,
  dispensable: NonNullable<Provider["dispensable"]>,
): readonly RefusedHost[] {
  const refused = new Map<string, RefusedHost>()
  for (const line of log.split("\n")) {
    if (line === "") continue
    const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
    if (parsed.outcome === "invalid") continue
    const { kind, reason, host, port, path, at } = parsed.message
    if (dispensable.some((one) => one.host === host && one.path === path)) continue
    if (kind !== "denied" || reason === undefined || !BY_THE_LIST.has(reason) || Date.parse(at) < sinceMs) continue
    const place = `${host}:${port}`
    const count = refused.get(place)?.count ?? 0
    if (count === 0 && refused.size >= MAX_HOSTS) continue
    refused.delete(place)
    refused.set(place, { host, port, count: count + 1 })
  }
  // Of two that were refused as often, the agent misses the later one.
  return [...refused.values()].reverse().sort((a, b) => b.count - a.count)
}

const MAX_LOG_BYTES = 2 * 1024 * 1024

function readEnd(path: string): string {
  if (!existsSync(path)) return ""
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, MAX_LOG_BYTES))
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length))
  } finally {
    closeSync(file)
  }
}

async function orNothing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find()
  } catch {
    return undefined
  }
}
