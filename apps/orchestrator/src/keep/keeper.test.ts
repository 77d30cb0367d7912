import { expect, test } from "bun:test"
import { createForgeStateStore, type IssueKey } from "@bot-bottle/forge"
import { openTempFolder } from "@bot-bottle/testkit"
import type { Observation } from "../decide/decide-next.ts"
import { createAdmission } from "./admission.ts"
import type { IssueEffects } from "./issue-effects.ts"
import { createKeeper } from "./keeper.ts"
import type { IssueVerdict } from "./look-up-issue.ts"

test("a targeted issue gets one run, however many deliveries name it", async () => {
  await using host = await openHost({ maxRuns: 2 })
  for (let i = 0; i < 5; i++) host.keeper.hear({ kind: "issue", repository: host.repository, number: 17 })
  await host.settle()
  expect(host.launched).toEqual([17])
})

test("an event of another repository, or of an issue that is not targeted, starts nothing and says why", async () => {
  await using host = await openHost({ maxRuns: 2 })
  host.verdicts.set(18, { outcome: "ignored", reason: "no-member-assigned", why: "nobody is assigned" })
  host.verdicts.set(19, { outcome: "refused", reason: "several-agent-labels", message: "two labels" })
  host.keeper.hear({ kind: "issue", repository: { owner: "evil", repo: "widgets" }, number: 17 })
  for (const number of [18, 19]) host.keeper.hear({ kind: "issue", repository: host.repository, number })
  await host.settle()
  expect([host.launched, host.refused]).toEqual([[], [19]])
  expect(host.log).toContain("ignored: evil/widgets is not a repository that this orchestrator serves")
  expect(host.log).toContain("acme/widgets#18: ignored: nobody is assigned")
})

test("no more runs than the host takes at once: the next begins when one is over, in the order they came", async () => {
  await using host = await openHost({ maxRuns: 2 })
  for (const number of [1, 2, 3, 4]) {
    host.keeper.look({ ...host.repository, issue_number: number })
    await host.settle()
  }
  expect(host.launched).toEqual([1, 2])
  host.over.add(2)
  await host.keeper.lookAtRunning()
  await host.settle()
  expect(host.launched).toEqual([1, 2, 3])
  host.over.add(1)
  await host.keeper.lookAtRunning()
  await host.settle()
  expect(host.launched).toEqual([1, 2, 3, 4])
})

test("a frozen run that a member answers waits in line as well, and resumes when a run is over", async () => {
  await using host = await openHost({ maxRuns: 1 })
  host.keeper.look({ ...host.repository, issue_number: 1 })
  await host.settle()
  host.over.add(1)
  await host.keeper.lookAtRunning()
  await host.settle()
  host.keeper.look({ ...host.repository, issue_number: 2 })
  await host.settle()
  expect(host.launched).toEqual([1, 2])
  host.answered.add(1)
  host.over.delete(1)
  host.kept.delete(1)
  host.launched.length = 1
  host.launched[0] = 2
  host.keeper.look({ ...host.repository, issue_number: 1 })
  await host.settle()
  expect([host.launched, host.log.at(-1)]).toEqual([[2], "acme/widgets#1: waits until a run is over"])
  host.over.add(2)
  await host.keeper.lookAtRunning()
  await host.settle()
  expect(host.launched).toEqual([2, 1])
})

test("a lost event is only late: reconciling finds the issue, and runs of before keep their room", async () => {
  await using host = await openHost({ maxRuns: 1 })
  host.labelled.push(7)
  await host.keeper.reconcile()
  await host.settle()
  expect(host.launched).toEqual([7])
  const again = host.restart()
  host.labelled.push(8)
  await again.reconcile()
  await host.settle(again)
  expect(host.launched).toEqual([7])
})

test("an issue whose run was destroyed gets another one only after its label was removed and added again", async () => {
  await using host = await openHost({ maxRuns: 1 })
  const hear = async () => {
    host.keeper.hear({ kind: "issue", repository: host.repository, number: 17 })
    await host.settle()
  }
  await hear()
  const key = { ...host.repository, issue_number: 17 }
  const state = await host.store.read(key)
  await host.store.write({ ...state!, status: "destroyed" })
  await hear()
  host.verdicts.set(17, { outcome: "ignored", reason: "issue-closed", why: "it is closed" })
  await hear()
  expect([host.launched, (await host.store.read(key))?.status]).toEqual([[17], "destroyed"])
  host.verdicts.set(17, { outcome: "ignored", reason: "no-agent-label", why: "it has no label bot-bottle:<agent>" })
  await hear()
  expect(await host.store.read(key)).toBeUndefined()
  host.verdicts.delete(17)
  host.launched.length = 0
  await hear()
  expect(host.launched).toEqual([17])
})

test("records of a repository that is not served are left alone", async () => {
  await using host = await openHost({ maxRuns: 2 })
  host.keeper.look({ ...host.repository, issue_number: 17 })
  await host.settle()
  const own = await host.store.read({ ...host.repository, issue_number: 17 })
  await host.store.write({ ...own!, repo: "gadgets", issue_number: 5 })
  host.observed.length = 0
  await host.keeper.reconcile()
  await host.keeper.lookAtRunning()
  await host.settle()
  expect(new Set(host.observed)).toEqual(new Set([17]))
})

test("a pull request's event is its issue's", async () => {
  await using host = await openHost({ maxRuns: 1 })
  host.keeper.look({ ...host.repository, issue_number: 17 })
  await host.settle()
  const state = await host.store.read({ ...host.repository, issue_number: 17 })
  await host.store.write({ ...state!, pr_number: 42 })
  host.observed.length = 0
  host.keeper.hear({ kind: "pull-request", repository: host.repository, number: 42 })
  await host.settle()
  expect(host.observed).toContain(17)
})

test("a failure of one issue is logged once and stops no other; it is tried again, less and less often", async () => {
  await using host = await openHost({ maxRuns: 2 })
  const look = async (issue_number: number) => {
    host.keeper.look({ ...host.repository, issue_number })
    await host.settle()
  }
  host.broken.add(1)
  for (const number of [1, 2]) await look(number)
  expect(host.launched).toEqual([2])
  // Each second for two minutes: at 1, 3, 7, 15, 31, 63 and 123 s.
  host.lookedUp.length = 0
  for (let second = 0; second < 125; second++) {
    host.clock.nowMs += 1_000
    host.keeper.retryFailed()
    await host.settle()
  }
  expect(host.lookedUp.filter((number) => number === 1).length).toBe(7)
  expect(host.log.filter((line) => line === "acme/widgets#1: the forge is down").length).toBe(1)
  host.broken.clear()
  await look(1)
  expect(host.launched).toEqual([2])
  host.keeper.hear({ kind: "issue", repository: host.repository, number: 1 })
  await host.settle()
  expect(host.launched).toEqual([2, 1])
})

async function openHost({ maxRuns }: { readonly maxRuns: number }) {
  const root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  const repository = { owner: "acme", repo: "widgets" }
  const clock = { nowMs: 0 }
  const host = {
    repository,
    store,
    launched: [] as number[],
    refused: [] as number[],
    labelled: [] as number[],
    /** Issues with a member's comment that the run has not seen. */
    answered: new Set<number>(),
    observed: [] as number[],
    over: new Set<number>(),
    kept: new Set<number>(),
    broken: new Set<number>(),
    verdicts: new Map<number, IssueVerdict>(),
    log: [] as string[],
    restart: () => create(),
    clock,
    lookedUp: [] as number[],
    settle: (of = keeper) => of.idle(),
  }

  function effectsOf(key: IssueKey, admit: () => boolean): IssueEffects {
    const number = key.issue_number
    return {
      nowMs: () => 0,
      newId: () => `l${number}`,
      read: () => store.read(key),
      write: (state) => store.write(state),
      async observe({ status }): Promise<Observation> {
        host.observed.push(number)
        const isFrozen = status === "frozen" && host.answered.has(number)
        const isUp = host.launched.includes(number)
        return {
          nowMs: 0,
          pullRequest: undefined,
          launch: isUp ? { kind: "up", slug: `fixer-${String(number).padStart(5, "0")}` } : { kind: "not-begun" },
          run: host.kept.has(number) ? "frozen" : host.over.has(number) ? "ended" : "live",
          sidecar: "answers",
          done: undefined,
          lastCheckInMs: 0,
          comments: {
            fromMembers: isFrozen ? [{ user: "alice", body: "and blue?" }] : [],
            seen: { seen_comment_id: 0, seen_pr_comment_id: 0, seen_review_id: 0 },
          },
          hasRoom: isFrozen && admit(),
        }
      },
      writePrompt: async () => undefined,
      launch: async () => void host.launched.push(number),
      stop: async () => void host.kept.add(number),
      readComments: async () => [],
      postComment: async () => undefined,
      composeSummary: async () => "",
      destroy: async () => undefined,
      log: () => undefined,
    }
  }

  function create() {
    return createKeeper({
      repositories: [repository],
      store,
      admission: createAdmission(maxRuns),
      watchdogTimeoutMs: 1_000,
      webUrl: "https://gitea.example.com",
      nowMs: () => clock.nowMs,
      effectsOf,
      async lookUp({ issue_number }) {
        host.lookedUp.push(issue_number)
        if (host.broken.has(issue_number)) throw new Error("the forge is down")
        const issue = {
          number: issue_number,
          title: "t",
          body: "",
          state: "open",
          author: "alice",
          assignees: [],
          labels: [],
          isPullRequest: false,
          url: "",
        } as const
        return host.verdicts.get(issue_number) ?? { outcome: "targeted", agent: "fixer", bottle: undefined, issue }
      },
      refuse: async ({ issue_number }) => void host.refused.push(issue_number),
      isSignalled: async () => false,
      listLabelled: async () => host.labelled,
      log: (line) => void host.log.push(line),
    })
  }
  const keeper = create()
  return { ...host, keeper, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() }
}
