// Keeps every issue: one look at a time for each, and a limit on runs in all. Events get lost, so
// the forge itself is read at the start and every few minutes.

import {
  type ForgeState,
  type ForgeStateStore,
  type IssueKey,
  isSameRepository,
  type RepositoryName,
  type WebhookEvent,
} from "@bot-bottle/forge"
import type { Admission } from "./admission.ts"
import type { IssueEffects } from "./issue-effects.ts"
import { lookAtIssue, nameOf } from "./look-at-issue.ts"
import type { IssueVerdict } from "./look-up-issue.ts"

/** Of every keeper, of one host or several. */
export interface KeepingOptions {
  readonly repositories: readonly RepositoryName[]
  readonly admission: Admission
  readonly watchdogTimeoutMs: number
  /** Of the forge, for people. */
  readonly webUrl: string
  readonly nowMs: () => number
  lookUp(key: IssueKey): Promise<IssueVerdict>
  /** Its agent has called `signal_done`. */
  isSignalled(state: ForgeState): Promise<boolean>
  /** Open issues of a repository that carry a label of ours. */
  listLabelled(repository: RepositoryName): Promise<readonly number[]>
  log(line: string): void
}

export interface KeeperOptions extends KeepingOptions {
  readonly store: ForgeStateStore
  effectsOf(key: IssueKey, admit: () => boolean): IssueEffects
  /** Says once on the issue why it gets no run. */
  refuse(key: IssueKey, reason: string, message: string): Promise<void>
}

export interface Keeper {
  hear(event: Exclude<WebhookEvent, { kind: "unknown" | "malformed" }>): void
  /** Called often: repeats looks that failed, and looks at runs that have signalled. */
  round(): Promise<void>
  /** Every issue with a run at work. */
  lookAtRunning(): Promise<void>
  /** Everything: records, and open issues that may have been missed. */
  reconcile(): Promise<void>
  /** Resolves when nothing is being looked at, or about to be. */
  idle(): Promise<void>
}

export interface HostKeeper extends Keeper {
  /** Looks at an issue soon; looks asked for meanwhile become one. */
  look(key: IssueKey): void
  /** Issues whose last look failed, once it is time to try again. */
  retryFailed(): void
}

const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

export function createKeeper(options: KeeperOptions): HostKeeper {
  const { repositories, store, admission, log, nowMs } = options
  const looking = new Map<string, { again: boolean; readonly ended: Promise<void> }>()
  /** Issues whose last look failed. A forge that is down is asked less and less often. */
  const failures = new Map<string, { readonly why: string; readonly delayMs: number; readonly retryAtMs: number }>()
  /** Events whose issue is not known yet. */
  const hearing = new Set<Promise<void>>()

  function look(key: IssueKey): void {
    const name = nameOf(key)
    if (nowMs() < (failures.get(name)?.retryAtMs ?? 0)) return
    const under = looking.get(name)
    if (under !== undefined) {
      under.again = true
      return
    }
    const ended = lookUntilQuiet(key, name)
    looking.set(name, { again: false, ended })
  }

  async function lookUntilQuiet(key: IssueKey, name: string): Promise<void> {
    // The entry must be in the map before the first look ends.
    await Promise.resolve()
    try {
      do {
        const entry = looking.get(name)
        if (entry !== undefined) entry.again = false
        await lookOnce(key, name)
      } while (looking.get(name)?.again === true)
      if (failures.delete(name)) log(`${name}: continues`)
    } catch (error) {
      fail(name, error instanceof Error ? error.message : String(error))
    } finally {
      looking.delete(name)
    }
  }

  /** The forge may be down, or a file damaged: a later look tries again. Said once while it stays the same. */
  function fail(name: string, why: string): void {
    const before = failures.get(name)
    const delayMs = before === undefined ? FIRST_RETRY_MS : Math.min(before.delayMs * 2, MAX_RETRY_MS)
    failures.set(name, { why, delayMs, retryAtMs: nowMs() + delayMs })
    if (why !== before?.why) log(`${name}: ${why}`)
  }

  async function lookOnce(key: IssueKey, name: string): Promise<void> {
    const looked = await lookAtIssue(key, {
      ...options,
      admit: () => admission.admit(name),
      effectsOf: (admit) => options.effectsOf(key, admit),
      lookUp: () => options.lookUp(key),
      refuse: ({ reason, message }) => options.refuse(key, reason, message),
    })
    if (looked === "over") freeRoom(name)
  }

  function freeRoom(name: string): void {
    const next = admission.release(name)
    if (next !== undefined) look(keyOf(next))
  }

  async function keyOfNumber(repository: RepositoryName, number: number): Promise<IssueKey> {
    const { states } = await store.all()
    const own = states.find((state) => isSameRepository(state, repository) && state.pr_number === number)
    return own ?? { ...repository, issue_number: number }
  }

  /** Another orchestrator of the host may serve the others, with another token. */
  function keeps(repository: RepositoryName): boolean {
    return repositories.some((one) => isSameRepository(one, repository))
  }

  function retryFailed(): void {
    for (const name of failures.keys()) look(keyOf(name))
  }

  return {
    look,
    retryFailed,

    hear(event) {
      const repository = repositories.find((one) => isSameRepository(one, event.repository))
      const { owner, repo } = event.repository
      if (repository === undefined)
        return log(`ignored: ${owner}/${repo} is not a repository that this orchestrator serves`)
      const lookNow = (key: IssueKey) => {
        failures.delete(nameOf(key))
        look(key)
      }
      const heard = keyOfNumber(repository, event.number)
        .then(lookNow, (error) => log(String(error)))
        .finally(() => hearing.delete(heard))
      hearing.add(heard)
    },

    async round() {
      retryFailed()
      for (const state of (await store.all()).states)
        if (state.status === "running" && keeps(state) && (state.slug === "" || (await options.isSignalled(state))))
          look(state)
    },

    async lookAtRunning() {
      for (const state of (await store.all()).states) if (state.status === "running" && keeps(state)) look(state)
    },

    async reconcile() {
      const { states, unreadable } = await store.all()
      for (const path of unreadable) log(`${path} cannot be read: bot-bottle doctor --forge says more`)
      const own = states.filter(keeps)
      for (const state of own) if (state.status === "running") admission.admit(nameOf(state))
      for (const state of own) if (state.status !== "destroyed") look(state)
      for (const repository of repositories)
        for (const issue_number of await options.listLabelled(repository)) look({ ...repository, issue_number })
    },

    async idle() {
      while (hearing.size + looking.size > 0)
        await Promise.all([...hearing, ...[...looking.values()].map(({ ended }) => ended)])
    },
  }
}

function keyOf(name: string): IssueKey {
  const [owner = "", rest = ""] = name.split("/")
  const [repo = "", number = ""] = rest.split("#")
  return { owner, repo, issue_number: Number(number) }
}
