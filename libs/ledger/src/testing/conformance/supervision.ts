import { describe, expect, test } from "bun:test"
import type { Ask } from "@bot-bottle/contracts"
import type { NewAnswer } from "@bot-bottle/supervise"
import { sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting, type Setting } from "./setting.ts"

const AGENT = { actor: "agent" }
const HOUR_MS = 3_600_000

export function describeSupervision(open: OpenLedgerForTest): void {
  describe("supervision", () => {
    test("a question and its answer are rows with times and actors, and both are in the audit trail", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug, clock } = setting
      const askedAtMs = clock.nowMs
      const asked = await propose(setting, route("a.io"))
      const proposal = { id: 1, slug, ask: route("a.io"), why: "needed", askedAtMs, expiresAtMs: askedAtMs + HOUR_MS }
      expect(asked).toEqual({ outcome: "asked", proposal })
      expect(await ledger.pendingProposals()).toEqual([proposal])

      clock.nowMs += 5
      const narrower: Ask = { kind: "route", host: "a.io", methods: ["GET"] }
      const wish = approve(1, { editedAsk: narrower, reason: "read only" })
      const answered = {
        ...proposal,
        answer: {
          seq: 1,
          decision: "approved",
          duration: "run",
          ask: narrower,
          reason: "read only",
          actor: "me",
          channel: "command",
          answeredAtMs: askedAtMs + 5,
        },
      } as const
      expect(await ledger.answerProposal(wish)).toEqual({ outcome: "answered", proposal: answered })
      expect(await ledger.pendingProposals()).toEqual([])
      expect(await ledger.proposalsOf(slug)).toEqual([answered])
      expect(await ledger.findProposal(1)).toEqual(answered)
      expect(await ledger.listProposals({ limit: 5 })).toEqual([answered])

      const audit = (await ledger.listAudit()).map(({ slug, kind, actor, detail }) => ({ slug, kind, actor, detail }))
      expect(audit).toEqual([
        { slug, kind: "proposal-asked", actor: "agent", detail: { proposal: 1, ask: route("a.io"), why: "needed" } },
        {
          slug,
          kind: "proposal-approved",
          actor: "me",
          detail: { proposal: 1, ask: narrower, duration: "run", reason: "read only", channel: "command" },
        },
      ])
    })

    test("the first answer stands, whichever handle gives the second", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await propose(setting, route("a.io"))
      const other = await setting.openAnother()
      const results = await Promise.all([
        ledger.answerProposal(approve(1)),
        other.answerProposal({ decision: "rejected", proposalId: 1, reason: "no", actor: "she", channel: "dashboard" }),
      ])
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(["answered", "refused"])
      const stands = (await ledger.findProposal(1))?.answer
      expect(results.find(({ outcome }) => outcome === "refused")).toEqual({
        outcome: "refused",
        reason: "answered",
        answer: stands as never,
      })
      expect((await ledger.listAudit()).filter(({ kind }) => kind !== "proposal-asked")).toHaveLength(1)
    })

    test("late answers, answers to another kind and to nothing are refused and change nothing", async () => {
      await using setting = await openSetting(open)
      const { ledger, clock } = setting
      await propose(setting, route("a.io"))
      const rows = (await ledger.listAudit()).length
      expect(await ledger.answerProposal(approve(9))).toEqual({ outcome: "refused", reason: "unknown-proposal" })
      const budget: Ask = { kind: "budget", provider: "claude", tokens: 5 }
      expect(await ledger.answerProposal(approve(1, { editedAsk: budget }))).toEqual({
        outcome: "refused",
        reason: "other-kind",
      })
      clock.nowMs += HOUR_MS
      expect(await ledger.answerProposal(approve(1))).toEqual({ outcome: "refused", reason: "expired" })
      expect(await ledger.pendingProposals()).toEqual([])
      expect(await ledger.listAudit()).toHaveLength(rows)
    })

    test("a run may not pass its caps, however many handles ask together; the same question is one", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      const other = await setting.openAnother()
      const asking = Array.from({ length: 12 }, (_, n) =>
        (n % 2 === 0 ? ledger : other).propose(
          { slug, ask: route(`h${n}.io`), why: "needed", lifetimeMs: HOUR_MS },
          AGENT,
        ),
      )
      const outcomes = (await Promise.all(asking)).map((result) =>
        result.outcome === "refused" ? result.reason : result.outcome,
      )
      expect(outcomes.sort()).toEqual([...Array(3).fill("asked"), ...Array(9).fill("too-many-pending")])
      const [first] = await ledger.pendingProposals()
      expect(await propose(setting, first?.ask as Ask)).toEqual({ outcome: "standing", proposal: first as never })

      for (const { id } of await ledger.pendingProposals()) await ledger.answerProposal(approve(id))
      for (let id = 4; id <= 20; id++) {
        expect((await propose(setting, route(`again${id}.io`))).outcome).toBe("asked")
        await ledger.answerProposal(approve(id))
      }
      expect(await propose(setting, route("one-more.io"))).toEqual({ outcome: "refused", reason: "too-many-proposals" })
      await ledger.createRun(sampleRun("another"))
      expect(
        (await ledger.propose({ slug: "another", ask: route("a.io"), why: "x", lifetimeMs: 1 }, AGENT)).outcome,
      ).toBe("asked")
    })

    test("a question ends with its run, and stands while the run is frozen", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await propose(setting, route("a.io"))
      await setting.change({ status: "frozen" })
      expect(await ledger.pendingProposals()).toHaveLength(1)
      await setting.change({ status: "ended", endedAtMs: 1 })
      expect(await ledger.pendingProposals()).toEqual([])
      expect(await ledger.answerProposal(approve(1))).toEqual({ outcome: "refused", reason: "expired" })
    })

    test("answersAfter gives a run's own answers, in their order, and nothing twice", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      await ledger.createRun(sampleRun("another"))
      await propose(setting, route("a.io"))
      await ledger.propose({ slug: "another", ask: route("b.io"), why: "x", lifetimeMs: HOUR_MS }, AGENT)
      await propose(setting, route("c.io"))
      expect(await ledger.answersAfter(slug, 0)).toEqual([])
      for (const id of [3, 2, 1]) await ledger.answerProposal(approve(id))
      const all = await ledger.answersAfter(slug, 0)
      expect(all.map(({ id, answer }) => [id, answer.seq])).toEqual([
        [3, 1],
        [1, 3],
      ])
      expect(await ledger.answersAfter(slug, 1)).toEqual(all.slice(1))
      expect(await ledger.answersAfter(slug, 3)).toEqual([])
    })

    test("a token answers once; forged, replayed and late ones are refused and audited", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug, clock } = setting
      const hash = (letter: string) => letter.repeat(64)
      for (const host of ["a.io", "b.io"]) await propose(setting, route(host))
      await ledger.addAnswerToken({ hash: hash("a"), proposalId: 1, wish: { decision: "approved", duration: "run" } })
      await ledger.addAnswerToken({ hash: hash("b"), proposalId: 1, wish: { decision: "rejected" } })
      await ledger.addAnswerToken({ hash: hash("c"), proposalId: 2, wish: { decision: "approved", duration: "once" } })
      expect(await ledger.findAnswerToken(hash("c"))).toEqual({
        proposalId: 2,
        wish: { decision: "approved", duration: "once" },
      })
      expect(await ledger.findAnswerToken(hash("f"))).toBeUndefined()

      const by = { reason: "from the phone", actor: "notify" }
      expect(await ledger.answerByToken({ hash: hash("a"), ...by })).toMatchObject({
        outcome: "answered",
        proposal: { id: 1, answer: { decision: "approved", duration: "run", channel: "token", ...by } },
      })
      const seen = (await ledger.listAudit()).length
      const refusals = []
      for (const letter of ["a", "b", "f"]) refusals.push(await ledger.answerByToken({ hash: hash(letter), ...by }))
      clock.nowMs += HOUR_MS
      refusals.push(await ledger.answerByToken({ hash: hash("c"), ...by }))
      expect(refusals.map((result) => result.outcome === "refused" && result.reason)).toEqual([
        "answered",
        "answered",
        "unknown-token",
        "expired",
      ])
      const rows = (await ledger.listAudit({ afterSeq: seen })).map(({ slug, kind, detail }) => [slug, kind, detail])
      const row = (of: string, reason: string, letter: string, proposal?: number) => [
        of,
        "proposal-token-refused",
        { reason, token_hash: letter.repeat(12), ...(proposal && { proposal }) },
      ]
      expect(rows).toEqual([
        row(slug, "answered", "a", 1),
        row(slug, "answered", "b", 1),
        row("", "unknown-token", "f"),
        row(slug, "expired", "c", 2),
      ] as never)
    })

    test("watch() gives what is pending, and then every question and every answer", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await propose(setting, route("a.io"))
      const abort = new AbortController()
      const other = await setting.openAnother()
      const seen: unknown[] = []
      for await (const change of other.watch({ signal: abort.signal })) {
        if (change.kind === "snapshot") {
          seen.push(change.proposals.map(({ id }) => id))
          await propose(setting, route("b.io"))
        }
        if (change.kind !== "proposal") continue
        seen.push([change.proposal.id, change.proposal.answer?.decision])
        if (change.proposal.answer !== undefined) abort.abort()
        else await ledger.answerProposal(approve(1))
      }
      expect(seen).toEqual([[1], [2, undefined], [1, "approved"]])
    })
  })
}

function route(host: string): Ask {
  return { kind: "route", host }
}

function propose({ ledger, slug }: Setting, ask: Ask) {
  return ledger.propose({ slug, ask, why: "needed", lifetimeMs: HOUR_MS }, AGENT)
}

function approve(proposalId: number, change: Partial<Pick<NewAnswer, "editedAsk" | "reason">> = {}): NewAnswer {
  return { decision: "approved", duration: "run", proposalId, reason: "", actor: "me", channel: "command", ...change }
}
