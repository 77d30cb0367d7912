// Watches the host for as long as somebody looks: opens the ledger, streams, and tries again when
// the ledger cannot be read. Every command also cleans up after dead processes, and a watcher does
// so every few seconds: it settles their requests and finishes their pending steps.

import { statSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { type BudgetLimit, HOST_SCOPE, type HostEvent, type Slug } from "@bot-bottle/contracts"
import { HOST_EVENT_VERSION } from "@bot-bottle/contracts/messages/host-event"
import { type ControlHost, openHostLedger, recoverHost } from "@bot-bottle/control"
import { pause } from "@bot-bottle/kernel"
import type { Cursor } from "@bot-bottle/ledger"
import { loadSettings } from "@bot-bottle/manifest"
import manifest from "../../package.json" with { type: "json" }
import { wordProblem } from "../format-problem.ts"
import type { Host } from "../host.ts"
import { readAccounts } from "./accounts.ts"
import { isoOf } from "./event-rows.ts"
import { readForgeRuns } from "./forge-runs.ts"
import { streamHost } from "./host-stream.ts"

export interface WatchOptions {
  readonly signal: AbortSignal
  readonly from?: string
  /** The run that the operator looks at; null for none. */
  readonly selected: () => Slug | null
  emit(events: readonly HostEvent[]): void
}

const TRY_AGAIN_MS = 2_000
const CARE_EVERY_MS = 5_000

/** Returns when the signal aborts. */
export async function watchHost(
  host: Pick<Host, "env"> & Pick<ControlHost, "notify">,
  { signal, from, selected, emit }: WatchOptions,
): Promise<void> {
  const { env } = host
  let next = from as Cursor | undefined
  while (!signal.aborted) {
    try {
      await using ledger = await openHostLedger(host)
      let forgeRuns = await readForgeRuns(env.root, ledger)
      await using _care = everyFewSeconds(async () => {
        await recoverHost({ env }, ledger)
        const next = await readForgeRuns(env.root, ledger)
        if (!isDeepStrictEqual(next, forgeRuns)) forgeRuns = next
      })
      await streamHost({
        ledger,
        root: env.root,
        hostName: hostname(),
        version: manifest.version,
        signal,
        from: next,
        settingsLimits: createSettingsReader(env.root),
        forgeRuns: () => forgeRuns,
        // A login's file or a saved one that cannot be read is for 'doctor' to say.
        accounts: () => readAccounts(ledger, env, Date.now()).catch(() => []),
        nowMs: Date.now,
        selected,
        emit,
      })
    } catch (error) {
      if (signal.aborted) return
      const { message, hint = null } = await wordProblem(error, env.root)
      emit([{ v: HOST_EVENT_VERSION, cursor: "", at: isoOf(Date.now()), kind: "trouble", message, hint }])
      next = undefined
      await pause(TRY_AGAIN_MS, signal)
    }
  }
}

function everyFewSeconds(work: () => Promise<void>): AsyncDisposable {
  let caring = Promise.resolve()
  const timer = setInterval(() => {
    caring = caring.then(work)
    // The stream meets the same trouble, and says it.
    caring = caring.catch(() => undefined)
  }, CARE_EVERY_MS)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await caring
    },
  }
}

/** settings.yml is read again when it has changed; while it cannot be used, what it said before counts. */
function createSettingsReader(root: string) {
  let readAtMs = -1
  let known: { limits: readonly BudgetLimit[]; ceilings: readonly BudgetLimit[] } = { limits: [], ceilings: [] }
  return () => {
    const changedAtMs = statSync(join(root, "settings.yml"), { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changedAtMs === readAtMs) return known
    readAtMs = changedAtMs
    try {
      const { budget, ceiling, budgetWindow: window } = loadSettings(root)
      const limitsOf = (amounts: Readonly<Record<string, number>>) =>
        Object.entries(amounts).map(
          ([provider, limitTokens]): BudgetLimit => ({
            scope: HOST_SCOPE,
            provider,
            limitTokens,
            window,
            source: "settings",
          }),
        )
      known = { limits: limitsOf(budget), ceilings: limitsOf(ceiling) }
    } catch {
      // A start refuses such a file and names the line; the picture of what runs needs it for the host only.
    }
    return known
  }
}
