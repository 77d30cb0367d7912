import { describe, expect, test } from "bun:test"
import type { Ask, Proposal, ProposalAnswer } from "@bot-bottle/contracts"
import { decideAnswer } from "./decide-answer.ts"
import { decideProposal, MAX_PENDING, MAX_PROPOSALS } from "./decide-proposal.ts"
import { findRisks, type RiskFacts } from "./risks.ts"
import { grantsOf, isGranted, ONCE_MS, stateOf } from "./standing.ts"

const RUN = { decision: "approved", duration: "run" } as const
const NOW = { nowMs: 1_000, runStatus: "running" } as const

describe("decideProposal", () => {
  // biome-ignore format: a table
  test.each([
    // pending  answered  kinds    asks for  outcome
    [0,         0,        "route", "route",  "ask"],
    [2,         10,       "route", "route",  "ask"],
    [3,         0,        "route", "route",  "too-many-pending"],
    [0,         19,       "route", "route",  "ask"],
    [0,         20,       "route", "route",  "too-many-proposals"],
    [3,         17,       "route", "route",  "too-many-proposals"],
    [3,         17,       "route", "hold",   "ask"],
    [3,         17,       "hold",  "route",  "ask"],
    [3,         0,        "hold",  "hold",   "too-many-pending"],
    [0,         20,       "hold",  "hold",   "too-many-proposals"],
  ] as const)("%d pending and %d answered of kind %s: a %s is %s", (pending, answered, kind, asks, expected) => {
    const askOf = (of: "route" | "hold", n: number): Ask =>
      of === "route" ? route(`h${n}.io`) : { kind: "hold", cause: "host-not-allowed", host: `h${n}.io`, port: 443 }
    const earlier = Array.from({ length: pending + answered }, (_, n) =>
      proposal(askOf(kind, n), n < pending ? {} : { answer: answer() }),
    )
    const decision = decideProposal(askOf(asks, 99), earlier, NOW)
    expect(decision.outcome === "refused" ? decision.reason : decision.outcome).toBe(expected)
  })

  test("the same question is asked once while it stands, also at the caps", () => {
    const standing = proposal(route("a.io"))
    const others = [proposal(route("b.io")), proposal(route("c.io"))]
    expect(decideProposal(route("a.io"), [standing, ...others], NOW)).toEqual({
      outcome: "standing",
      proposal: standing,
    })
    expect(decideProposal(route("a.io"), [{ ...standing, answer: answer() }], NOW)).toEqual({ outcome: "ask" })
    expect(decideProposal(route("a.io"), [{ ...standing, expiresAtMs: 1_000 }], NOW)).toEqual({ outcome: "ask" })
  })

  test("a held request is asked about by host and port, whatever its path", () => {
    const held = { kind: "hold", cause: "host-not-allowed", host: "a.io", port: 443 } as const
    const standing = proposal({ ...held, method: "GET", path: "/1" })
    expect(decideProposal({ ...held, method: "GET", path: "/2" }, [standing], NOW).outcome).toBe("standing")
    expect(decideProposal({ ...held, port: 80 }, [standing], NOW).outcome).toBe("ask")
    expect(decideProposal({ ...held, cause: "dlp-match" }, [standing], NOW).outcome).toBe("ask")
  })

  test.each(["ended", "killed"] as const)("a run that is %s asks for nothing", (runStatus) => {
    expect(decideProposal(route("a.io"), [], { ...NOW, runStatus })).toEqual({
      outcome: "refused",
      reason: "run-ended",
    })
  })

  test("the caps are those of the manual", () => {
    expect([MAX_PROPOSALS, MAX_PENDING]).toEqual([20, 3])
  })
})

// biome-ignore format: a table
test.each([
  // answer                             expires  run        state
  [undefined,                           1_001,   "running", "pending"],
  [undefined,                           1_000,   "running", "expired"],
  [undefined,                           1_001,   "cut",     "pending"],
  [undefined,                           1_001,   "frozen",  "pending"],
  [undefined,                           1_001,   "ended",   "expired"],
  [undefined,                           1_001,   "killed",  "expired"],
  [answer(),                            5,       "ended",   "approved"],
  [answer({ decision: "rejected" }),    5_000,   "running", "rejected"],
] as const)("stateOf: %j until %d of a run that is %s is %s", (given, expiresAtMs, runStatus, state) => {
  expect(stateOf({ expiresAtMs, ...(given && { answer: given }) }, { nowMs: 1_000, runStatus })).toBe(state)
})

// biome-ignore format: a table
test.each([
  [route("a.io"),                          ["once", "run", "always"]],
  [held({}),                               ["once", "run", "always"]],
  [held({ cause: "dlp-match" }),           ["once", "run"]],
  [{ kind: "budget", provider: "claude", tokens: 1 }, ["run"]],
  [{ kind: "tool", package: "jq" },        ["run"]],
] as const)("decideAnswer: %j can be granted for %j and no other duration", (ask, offered) => {
  const all = (["once", "run", "always"] as const).filter((duration) =>
    decideAnswer(proposal(ask), { decision: "approved", duration }, NOW).outcome === "answer")
  expect(all).toEqual([...offered])
})

describe("decideAnswer", () => {
  test("the first answer stands, and a late one comes too late", () => {
    const first = answer({ actor: "first" })
    expect(decideAnswer(proposal(route("a.io"), { answer: first }), RUN, NOW)).toEqual({
      outcome: "refused",
      reason: "answered",
      answer: first,
    })
    expect(decideAnswer(proposal(route("a.io"), { expiresAtMs: 999 }), RUN, NOW)).toEqual({
      outcome: "refused",
      reason: "expired",
    })
  })

  test("an edit stays of the kind that was asked for", () => {
    const asked = proposal(route("a.io"))
    const narrower = { ...route("a.io"), methods: ["GET"] }
    expect(decideAnswer(asked, RUN, NOW)).toEqual({ outcome: "answer", ask: asked.ask })
    expect(decideAnswer(asked, { ...RUN, editedAsk: narrower }, NOW)).toEqual({ outcome: "answer", ask: narrower })
    expect(decideAnswer(asked, { ...RUN, editedAsk: { kind: "budget", provider: "claude", tokens: 1 } }, NOW)).toEqual({
      outcome: "refused",
      reason: "other-kind",
    })
  })
})

// biome-ignore format: a table
test.each([
  // decision    duration   ms since the answer   granted
  ["approved",   "once",    0,                    true],
  ["approved",   "once",    ONCE_MS - 1,          true],
  ["approved",   "once",    ONCE_MS,              false],
  ["approved",   "run",     ONCE_MS * 1_000,      true],
  ["approved",   "always",  ONCE_MS * 1_000,      true],
  ["rejected",   undefined, 0,                    false],
] as const)("isGranted: %s for %s, after %d ms: %p", (decision, duration, sinceMs, granted) => {
  const given = { ...answer({ decision, answeredAtMs: 500 }), ...(duration && { duration }) }
  expect(isGranted({ answer: given }, 500 + sinceMs)).toBe(granted)
})

test("grantsOf gives what operators granted, as they edited it, in the order of their answers", () => {
  const edited = { ...route("a.io"), methods: ["GET"] }
  const proposals = [
    proposal(route("a.io"), { answer: answer({ seq: 2, ask: edited, duration: "run" }) }),
    proposal(route("b.io"), { answer: answer({ seq: 1, ask: route("b.io"), duration: "always" }) }),
    proposal(route("c.io"), { answer: answer({ seq: 3, decision: "rejected" }) }),
    proposal(route("d.io")),
  ]
  expect(grantsOf(proposals, 10 * ONCE_MS)).toEqual([route("b.io"), edited])
})

// biome-ignore format: a table
test.each([
  // ask                                                        for        risks
  [{ kind: "route", host: "known.io" },                         "run",     []],
  [{ kind: "route", host: "new.io", methods: ["GET", "HEAD"] }, "run",     []],
  [{ kind: "route", host: "new.io", methods: ["GET", "POST"] }, "once",    ["writes-to-new-host"]],
  [{ kind: "route", host: "new.io", methods: ["DELETE"] },      "run",     ["writes-to-new-host"]],
  [{ kind: "route", host: "new.io" },                           "run",     ["writes-to-new-host"]],
  [{ kind: "route", host: "*.known.io", methods: ["GET"] },     "run",     ["wildcard-host"]],
  [{ kind: "route", host: "*.new.io" },                         "run",     ["wildcard-host", "writes-to-new-host"]],
  [{ kind: "budget", provider: "claude", tokens: 5 },           "run",     ["budget-above-host"]],
  [{ kind: "budget", provider: "codex", tokens: 5 },            "run",     []],
  [{ kind: "tool", package: "jq" },                             "run",     []],
  [held({}),                                                    "once",    []],
  [held({}),                                                    "run",     ["writes-to-new-host"]],
  [held({ method: "GET" }),                                     "run",     []],
  [held({ method: "POST" }),                                    "once",    ["writes-to-new-host"]],
  [held({ cause: "dlp-match", host: "known.io" }),              "once",    ["sends-a-credential"]],
] as const)("findRisks: %j for %s: %j", (ask, duration, risks) => {
  const isAboveHost = ask.kind === "budget" && ask.provider === "claude"
  const facts: RiskFacts = {
    isKnownHost: (host) => host === "known.io",
    isAboveHost,
    duration,
  }
  expect(findRisks(ask, facts)).toEqual(risks)
})

function route(host: string) {
  return { kind: "route", host } as const
}

function held(change: Partial<Extract<Ask, { kind: "hold" }>>): Extract<Ask, { kind: "hold" }> {
  return { kind: "hold", cause: "host-not-allowed", host: "a.io", port: 443, ...change }
}

function proposal(ask: Ask, change: Partial<Proposal> = {}): Proposal {
  return { id: 1, slug: "impl-abc12", ask, why: "needed", askedAtMs: 0, expiresAtMs: 5_000, ...change }
}

function answer(change: Partial<ProposalAnswer> = {}): ProposalAnswer {
  const base = {
    seq: 1,
    decision: "approved",
    ask: route("a.io"),
    reason: "",
    actor: "me",
    channel: "command",
  } as const
  return { ...base, answeredAtMs: 1, ...change }
}
