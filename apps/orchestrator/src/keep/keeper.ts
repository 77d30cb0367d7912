// Keeps every issue: one look at a time for each, and a limit on runs in all. Events get lost, so
// the forge itself is read at the start and every few minutes.

import type { WebhookEvent } from "@bot-bottle/forge"
import {
  type ForgeState,
  type ForgeStateStore,
  type IssueKey,
  isSameRepository,
  type RepositoryName,
} from "@bot-bottle/forge"
import { beginState } from "../decide/apply-step.ts"
import { firstPrompt } from "../decide/prompts.ts"
import type { Admission } from "./admission.ts"
import type { IssueEffects } from "./issue-effects.ts"
import { keepIssue } from "./keep-issue.ts"
import type { IssueVerdict } from "./look-up-issue.ts"

export interface KeeperOptions {
  readonly repositories: readonly RepositoryName[]
  readonly store: ForgeStateStore
  readonly admission: Admission
  readonly watchdogTimeoutMs: number
  /** Of the forge, for people. */
  readonly webUrl: string
  readonly nowMs: () => number
  effectsOf(key: IssueKey): IssueEffects
  lookUp(key: IssueKey): Promise<IssueVerdict>
  /** Says once on the issue why it gets no run. */
  refuse(key: IssueKey, reason: string, message: string): Promise<void>
  /** Open issues of a repository that carry a label of ours. */
  listLabelled(repository: RepositoryName): Promise<readonly number[]>
  log(line: string): void
}

export interface Keeper {
  /** True for an issue of a repository that is served. */
  keeps(repository: RepositoryName): boolean
  hear(event: Exclude<WebhookEvent, { kind: "unknown" | "malformed" }>): void
  /** Looks at an issue soon; looks asked for meanwhile become one. */
  look(key: IssueKey): void
  /** Issues whose last look failed, once it is time to try again. */
  retryFailed(): void
  /** Every issue with a run at work. */
  lookAtRunning(): Promise<void>
  /** Everything: records, and open issues that may have been missed. */
  reconcile(): Promise<void>
  /** Resolves when nothing is being looked at. */
  idle(): Promise<void>
}

const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

export function createKeeper(options: KeeperOptions): Keeper {
  const { repositories, store, admission, log, nowMs } = options
  const looking = new Map<string, { again: boolean; readonly ended: Promise<void> }>()
  /** Issues whose last look failed. A forge that is down is asked less and less often. */
  const failures = new Map<string, { readonly why: string; readonly delayMs: number; readonly retryAtMs: number }>()

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
    const known = await store.read(key)
    if (known?.status === "destroyed") return forgetUnlabelled(key, name)
    const state = known ?? (await begin(key, name))
    if (state === undefined) return
    if (state.status === "running" && !admission.admit(name)) return log(`${name}: waits until a run is over`)
    const kept = await keepIssue(options.effectsOf(key), options)
    if (kept?.status !== "running") freeRoom(name)
  }

  /** Its run is over. The label, removed and added again, asks for another one. */
  async function forgetUnlabelled(key: IssueKey, name: string): Promise<void> {
    freeRoom(name)
    const verdict = await options.lookUp(key)
    if (verdict.outcome !== "ignored" || verdict.reason !== "no-agent-label") return
    await store.delete(key)
    log(`${name}: its label is gone; adding it again starts another run`)
  }

  /** The record of a new run; undefined when the issue gets none, or has to wait. */
  async function begin(key: IssueKey, name: string): Promise<ForgeState | undefined> {
    const verdict = await options.lookUp(key)
    if (verdict.outcome === "ignored") {
      log(`${name}: ignored: ${verdict.why}`)
      return undefined
    }
    if (verdict.outcome === "refused") {
      log(`${name}: refused: ${verdict.message}`)
      await options.refuse(key, verdict.reason, verdict.message)
      return undefined
    }
    if (!admission.admit(name)) {
      log(`${name}: waits until a run is over`)
      return undefined
    }
    const effects = options.effectsOf(key)
    const launchId = effects.newId()
    const comments = await effects.readComments(key.issue_number)
    await effects.writePrompt(launchId, firstPrompt(verdict.issue, comments))
    const { agent, bottle } = verdict
    const state = beginState(key, {
      agent,
      bottle,
      launchId,
      webUrl: options.webUrl,
      seenCommentId: Math.max(0, ...comments.map(({ id }) => id)),
    })
    await effects.write(state)
    log(`${name}: targeted for agent ${agent}${bottle === undefined ? "" : ` in bottle ${bottle}`}`)
    return state
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

  return {
    look,
    keeps,

    hear(event) {
      const repository = repositories.find((one) => isSameRepository(one, event.repository))
      const { owner, repo } = event.repository
      if (repository === undefined)
        return log(`ignored: ${owner}/${repo} is not one of the repositories that are served`)
      const lookNow = (key: IssueKey) => {
        failures.delete(nameOf(key))
        look(key)
      }
      keyOfNumber(repository, event.number).then(lookNow, (error) => log(String(error)))
    },

    retryFailed() {
      for (const name of failures.keys()) look(keyOf(name))
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
      while (looking.size > 0) await Promise.all([...looking.values()].map(({ ended }) => ended))
    },
  }
}

function nameOf({ owner, repo, issue_number }: IssueKey): string {
  return `${owner}/${repo}#${issue_number}`
}

function keyOf(name: string): IssueKey {
  const [owner = "", rest = ""] = name.split("/")
  const [repo = "", number = ""] = rest.split("#")
  return { owner, repo, issue_number: Number(number) }
}
