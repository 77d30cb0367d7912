import { expect, test } from "bun:test"
import type { HostId } from "@bot-bottle/contracts"
import type { LeaseKeeper } from "@bot-bottle/control"
import type { HeldIssue, IssueName, IssueQueue } from "@bot-bottle/ledger"
import { waitFor } from "@bot-bottle/testkit"
import { createAdmission } from "./admission.ts"
import { createSharedKeeper } from "./shared-keeper.ts"

const REPOSITORY = { id: "acme/widgets 1", owner: "acme", repo: "widgets" }

test("a look that fails before it has a record takes no room: another host may be given the issue", async () => {
  const host = openHost()
  await host.keeper.reconcile()
  host.due.push(17)
  await host.settle()
  expect([host.admission.admitted, host.log.at(-1)]).toEqual([
    ["acme/widgets#17"],
    "acme/widgets#17: the forge is down",
  ])
  await host.settle()
  expect([host.admission.admitted, host.offers.at(-1)]).toEqual([[], true])
})

test("a run of this host keeps its room, also when its record cannot be read", async () => {
  const host = openHost()
  host.own.push({ number: 17, record: "{" })
  await host.keeper.reconcile()
  host.admission.admit("acme/widgets#17")
  await host.settle()
  expect([host.admission.admitted, host.offers.at(-1)]).toEqual([["acme/widgets#17"], false])
})

test("an issue that is delivered again while the ledger records it is recorded once more", async () => {
  const host = openHost()
  await host.keeper.reconcile()
  const answer = Promise.withResolvers<void>()
  host.answers.push(answer.promise)
  const hear = () => host.keeper.hear({ kind: "issue", repository: REPOSITORY, number: 17 })
  hear()
  await waitFor("the first telling", () => host.asked.length === 1)
  hear()
  answer.resolve()
  await host.settle()
  await host.settle()
  expect(host.asked).toEqual([17, 17])
})

function openHost() {
  const admission = createAdmission(1)
  const due: number[] = []
  const own: { number: number; record: string }[] = []
  const asked: number[] = []
  /** Whether each question for an issue offered room. */
  const offers: boolean[] = []
  /** How long the ledger takes to note each event. */
  const answers: Promise<void>[] = []
  const log: string[] = []
  let lease = 0
  const issues: Partial<IssueQueue> = {
    async ask(names, when) {
      if (when !== "now") return
      asked.push(...names.map(({ number }: IssueName) => number))
      await answers.shift()
    },
    async take({ hasRoom }) {
      offers.push(hasRoom)
      const number = due.shift()
      if (number === undefined) return undefined
      return { repository: REPOSITORY.id, number, lease: ++lease, asked: 1, record: undefined, stranded: undefined }
    },
    list: async () => own.map((row) => ({ ...row, repository: REPOSITORY.id, host: "h" as HostId, isHostGone: false })),
    findByPullRequest: async () => undefined,
    release: async () => true,
    beat: async () => undefined,
    listOrphans: async () => [],
  }
  const unused = () => Promise.reject(new Error("not in these stories"))
  const keeper = createSharedKeeper({
    repositories: [REPOSITORY],
    issues: issues as IssueQueue,
    runsIssues: true,
    own: { all: async () => ({ states: [], unreadable: [] }), delete: unused },
    admission,
    watchdogTimeoutMs: 1_000,
    webUrl: "https://gitea.example.com",
    keepLease: (): LeaseKeeper => ({ isLost: () => false, [Symbol.asyncDispose]: async () => undefined }),
    uptimeMs: () => 0,
    nowMs: () => 0,
    lookUp: unused,
    isSignalled: async () => false,
    listLabelled: async () => [],
    log: (line) => void log.push(line),
    // The forge answers the look-up, and is down for what comes after it.
    look: async (_held: HeldIssue, _key, check) => ({
      store: { read: async () => undefined, delete: unused },
      watchdogTimeoutMs: 1_000,
      webUrl: "https://gitea.example.com",
      effectsOf: () =>
        ({
          newId: () => "l17",
          readComments: async () => {
            check()
            throw new Error("the forge is down")
          },
        }) as never,
      lookUp: async () => ({ outcome: "targeted", agent: "fixer", bottle: undefined, issue: {} as never }),
      refuse: unused,
      log: (line) => void log.push(line),
    }),
    stranded: () => ({}) as never,
    endOrphan: async () => true,
  })
  async function settle() {
    await keeper.round()
    await keeper.idle()
  }
  return { keeper, admission, due, own, asked, offers, answers, log, settle }
}
