// Keeps issues together with other hosts: the shared ledger says which issue is due, and gives it to one host at a
// time. Every event becomes a look that any host may be given; a run's issue goes to the host whose disk holds it.
//
// The ledger may be away for a while: deliveries are kept meanwhile and passed on later, and runs are not touched.

import { LEASE_MS, type LeaseKeeper, LeaseLost, type LeaseOptions } from "@bot-bottle/control"
import {
  type ForgeState,
  type ForgeStateStore,
  type IssueKey,
  isSameRepository,
  parseForgeState,
  type RepositoryIdentity,
  toSharedRecord,
} from "@bot-bottle/forge"
import type { HeldIssue, IssueName, IssueQueue, IssueRow, LookEnd } from "@bot-bottle/ledger"
import type { Keeper, KeepingOptions } from "./keeper.ts"
import { type LookOptions, lookAtIssue, nameOf } from "./look-at-issue.ts"
import { lookAtStranded, type StrandedEffects } from "./look-at-stranded.ts"

export interface SharedKeeperOptions extends Omit<KeepingOptions, "repositories"> {
  readonly repositories: readonly RepositoryIdentity[]
  readonly issues: IssueQueue
  /** False: this host only receives webhooks, and looks after the runs that it has. */
  readonly runsIssues: boolean
  /** Records that this host wrote before it shared its ledger. */
  readonly own: Pick<ForgeStateStore, "all" | "delete">
  readonly keepLease: (options: LeaseOptions) => LeaseKeeper
  readonly uptimeMs: () => number
  /** For one look. `check` throws LeaseLost, and is asked before whatever others can see. */
  look(held: HeldIssue, key: IssueKey, check: () => void): Promise<Omit<LookOptions, "admit">>
  stranded(key: IssueKey, check: () => void): StrandedEffects
  /** Ends what is left of a run whose record was given up while this host was gone. False: not yet. */
  endOrphan(state: ForgeState): Promise<boolean>
}

/** Of one host; more wait in the ledger. */
const MAX_LOOKS = 16
const BEAT_MS = 2_000
const ORPHANS_MS = 10_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

export function createSharedKeeper(options: SharedKeeperOptions): Keeper {
  const { repositories, issues, admission, runsIssues, uptimeMs, log } = options
  const ids = repositories.map(({ id }) => id)
  const looking = new Map<string, Promise<void>>()
  /** How long an issue whose looks fail waits for the next one. */
  const failures = new Map<string, { readonly why: string; readonly delayMs: number }>()
  /** Not yet in the ledger. Numbers of issues, or of their pull requests. */
  const heard = new Map<string, IssueName>()
  let isReady = false
  let isAway = false
  let rounding: Promise<void> | undefined
  let beatAtMs = Number.NEGATIVE_INFINITY
  let orphansAtMs = Number.NEGATIVE_INFINITY

  async function round(): Promise<void> {
    rounding ??= work()
      .then(
        () => {
          if (isAway) log("the shared ledger is back")
          isAway = false
        },
        (error: unknown) => {
          // It may be away for hours.
          if (!isAway) log(`waits for the shared ledger: ${messageOf(error)}`)
          isAway = true
        },
      )
      .finally(() => {
        rounding = undefined
      })
    await rounding
  }

  async function work(): Promise<void> {
    if (!isReady) return
    await passOn()
    if (uptimeMs() - beatAtMs >= BEAT_MS) {
      beatAtMs = uptimeMs()
      await issues.beat({ repositories: ids, runsIssues })
    }
    if (uptimeMs() - orphansAtMs >= ORPHANS_MS) {
      orphansAtMs = uptimeMs()
      await endOrphans()
    }
    // Looks begin only after this, in the same round: none of these can begin a run meanwhile.
    const admitted = admission.admitted.filter((name) => !looking.has(name))
    const rows = await issues.list("own-running")
    freeRoom(admitted, rows)
    await ask(await keysOf(rows, async (state) => state.slug === "" || (await options.isSignalled(state))))
    while (looking.size < MAX_LOOKS && (await takeOne()));
  }

  /** A look that failed, or a record that another host gave up, leaves room for a run that this host does not have. */
  function freeRoom(admitted: readonly string[], rows: readonly IssueRow[]): void {
    // By the row, not by its record: a run whose record cannot be read here still takes its room.
    const own = new Set(rows.map(nameOfRow))
    for (const name of admitted) if (!own.has(name)) admission.release(name)
  }

  async function passOn(): Promise<void> {
    for (const [name, event] of heard) {
      const { repository, number } = event
      const issue = await issues.findByPullRequest({ repository, number })
      await issues.ask([{ repository, number: issue ?? number }], "now")
      // The same issue may have been delivered again since the question.
      if (heard.get(name) === event) heard.delete(name)
      if (!runsIssues) log(`${repository} #${issue ?? number}: left to a host that runs issues`)
    }
  }

  async function ask(keys: readonly IssueKey[]): Promise<void> {
    const names = keys.flatMap((key) => {
      const repository = identityOf(key)
      // An issue that is being looked at here needs no other host's look.
      return repository === undefined || looking.has(nameOf(key))
        ? []
        : [{ repository: repository.id, number: key.issue_number }]
    })
    if (names.length > 0) await issues.ask(names, "unless-due")
  }

  async function keysOf(
    rows: readonly IssueRow[],
    isMeant: (state: ForgeState) => Promise<boolean>,
  ): Promise<readonly IssueKey[]> {
    const meant: IssueKey[] = []
    for (const { repository, record } of rows) {
      const state = ids.includes(repository) ? parseForgeState(record) : undefined
      if (state !== undefined && (await isMeant(state))) meant.push(state)
    }
    return meant
  }

  /** False when nothing is due. */
  async function takeOne(): Promise<boolean> {
    const takenAtMs = uptimeMs()
    const held = await issues.take({
      repositories: ids,
      hasRoom: admission.hasRoom,
      runsIssues,
      leaseMs: LEASE_MS,
    })
    const repository = repositories.find(({ id }) => id === held?.repository)
    if (held === undefined || repository === undefined) return false
    const { owner, repo } = repository
    const key = { owner, repo, issue_number: held.number }
    const ended = lookAt(held, key, takenAtMs).finally(() => looking.delete(nameOf(key)))
    looking.set(nameOf(key), ended)
    return true
  }

  async function lookAt(held: HeldIssue, key: IssueKey, takenAtMs: number): Promise<void> {
    const name = nameOf(key)
    await using lease = options.keepLease({
      renew: () => issues.keep(held, LEASE_MS),
      takenAtMs,
      onLost: () => log(`${name}: the lease is lost; another host may look at it`),
      uptimeMs,
    })
    const check = () => {
      if (lease.isLost()) throw new LeaseLost()
    }
    try {
      const end =
        held.stranded === undefined
          ? await lookAtOwn(held, key, check)
          : await lookAtStranded(key, held.stranded, { ...options.stranded(key, check), ...recordOf(held, check) })
      if (end !== "passed") await issues.release(held, end)
      if (failures.delete(name)) log(`${name}: continues`)
    } catch (error) {
      // The next holder goes by the record.
      if (error instanceof LeaseLost || lease.isLost()) return
      await issues.release(held, { next: "again", afterMs: fail(name, messageOf(error)) }).catch(() => undefined)
    }
  }

  async function lookAtOwn(held: HeldIssue, key: IssueKey, check: () => void): Promise<LookEnd | "passed"> {
    const name = nameOf(key)
    const look = await options.look(held, key, check)
    let isPassed = false
    const looked = await lookAtIssue(key, {
      ...look,
      admit: () => admission.admit(name),
      async refuse(verdict) {
        // Manifests are each host's own: another one may have the agent.
        const isOurs = verdict.reason === "unknown-agent" || verdict.reason === "unknown-bottle"
        const answer = isOurs ? await issues.passOn(held) : "last"
        if (answer === "lost") throw new LeaseLost()
        isPassed = answer === "passed"
        if (isPassed) log(`${name}: left to another host`)
        else await look.refuse(verdict)
      },
    })
    if (looked === "over") admission.release(name)
    if (isPassed) return "passed"
    return { next: looked === "needs-room" ? "needs-room" : "nothing" }
  }

  function recordOf(held: HeldIssue, check: () => void) {
    return {
      state: parseForgeState(held.record ?? ""),
      async forget() {
        check()
        if (!(await issues.forget(held))) throw new LeaseLost()
      },
    }
  }

  /** The forge may be down. Said once while it stays the same. */
  function fail(name: string, why: string): number {
    const before = failures.get(name)
    const delayMs = before === undefined ? FIRST_RETRY_MS : Math.min(before.delayMs * 2, MAX_RETRY_MS)
    failures.set(name, { why, delayMs })
    if (why !== before?.why) log(`${name}: ${why}`)
    return delayMs
  }

  async function endOrphans(): Promise<void> {
    for (const { id, repository, number, record } of await issues.listOrphans()) {
      const state = parseForgeState(record)
      if (state !== undefined && !(await options.endOrphan(state))) continue
      await issues.dropOrphan(id)
      log(
        `${repository} #${number}: run ${state?.slug ?? ""} was given up while this host was gone; the orchestrator stops it`,
      )
    }
  }

  /** Runs of before this host shared its ledger stay its own. */
  async function adoptOwn(): Promise<void> {
    for (const state of (await options.own.all()).states) {
      const identity = identityOf(state)
      if (identity === undefined) continue
      const { id: repository, owner, repo } = identity
      const record = toSharedRecord({ ...state, owner, repo })
      if (await issues.adopt({ repository, number: state.issue_number }, record)) await options.own.delete(state)
      else log(`${nameOf(state)}: another host has a run for it; this host's record stays as it is`)
    }
  }

  function nameOfRow({ repository, number }: IssueName): string | undefined {
    const identity = repositories.find(({ id }) => id === repository)
    return identity && nameOf({ ...identity, issue_number: number })
  }

  function identityOf(repository: Pick<IssueKey, "owner" | "repo">): RepositoryIdentity | undefined {
    return repositories.find((one) => isSameRepository(one, repository))
  }

  return {
    round,

    hear({ repository, number }) {
      const identity = identityOf(repository)
      const { owner, repo } = repository
      if (identity === undefined)
        return log(`ignored: ${owner}/${repo} is not a repository that this orchestrator serves`)
      heard.set(`${identity.id}#${number}`, { repository: identity.id, number })
      void round()
    },

    lookAtRunning: async () => ask(await keysOf(await issues.list("own-running"), async () => true)),

    async reconcile() {
      if (!isReady) {
        await issues.beat({ repositories: ids, runsIssues })
        await adoptOwn()
        for (const key of await keysOf(await issues.list("own-running"), async () => true)) admission.admit(nameOf(key))
        isReady = true
      }
      const keys: IssueKey[] = []
      for (const { repository, record } of await issues.list("all")) {
        const state = ids.includes(repository) ? parseForgeState(record) : undefined
        if (state === undefined) {
          if (ids.includes(repository))
            log(`a record of ${repository} cannot be read: run the same build on every host`)
        } else if (state.status !== "destroyed") keys.push(state)
      }
      for (const { owner, repo } of repositories)
        for (const issue_number of await options.listLabelled({ owner, repo })) keys.push({ owner, repo, issue_number })
      await ask(keys)
      await round()
    },

    async idle() {
      while (looking.size > 0) await Promise.all(looking.values())
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
