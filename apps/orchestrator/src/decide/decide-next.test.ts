import { expect, test } from "bun:test"
import type { ForgeState } from "@bot-bottle/forge"
import { beginState } from "./apply-step.ts"
import { decideNext, type Observation, type Step } from "./decide-next.ts"

const NOW = Date.UTC(2026, 10, 28, 12)
const DONE = {
  kind: "done",
  launchId: "l1",
  status: "success",
  summary: "it is green",
  at: "2026-11-28T11:59:59.000Z",
} as const
const SIGNALLED = { reason: "signal-done", status: "success", summary: "it is green", at: DONE.at } as const
const COMMENT = {
  fromMembers: [{ user: "alice", body: "and blue?" }],
  seen: { seen_comment_id: 9, seen_pr_comment_id: 0, seen_review_id: 0 },
}
const watchdog = (status: string) =>
  ({
    kind: "record-ending",
    ending: { reason: "watchdog", status, summary: "", at: new Date(NOW).toISOString() },
  }) as const

// biome-ignore format: a table
const CASES: readonly (readonly [what: string, state: Partial<ForgeState>, seen: Partial<Observation>, step: Step])[] = [
  ["a launch that has not begun begins",            { slug: "" },  { launch: { kind: "not-begun" } },                 { kind: "launch" }],
  ["a launch under way is waited for",              { slug: "" },  { launch: { kind: "under-way" } },                 { kind: "wait" }],
  ["a launch that failed is told",                  { slug: "" },  { launch: { kind: "failed", message: "no" } },     { kind: "post-failure", message: "no" }],
  ["a run that is up gets its slug",                { slug: "" },  {},                                                { kind: "record-run", slug: "fixer-abc12" }],
  ["a run at work is left alone",                   {},            {},                                                { kind: "wait" }],
  ["a pull request that is found is kept",          {},            { pullRequest: { number: 42, isOpen: true } },     { kind: "record-pull-request", number: 42 }],
  ["a signal is written down",                      {},            { done: DONE },                                    { kind: "record-ending", ending: SIGNALLED }],
  ["a signal counts also when the run has ended",   {},            { done: DONE, run: "ended" },                      { kind: "record-ending", ending: SIGNALLED }],
  ["after a signal a live run is stopped",          { ending: SIGNALLED }, {},                                        { kind: "stop", graceUntilMs: Date.parse(DONE.at) + 10_000 }],
  ["after a signal a still run is told",            { ending: SIGNALLED }, { run: "frozen" },                         { kind: "post-summary", status: "frozen" }],
  ["one that ended by itself is kept as well",       { ending: SIGNALLED }, { run: "ended" },                          { kind: "stop", graceUntilMs: Date.parse(DONE.at) + 10_000 }],
  ["a killed run is told and is over",              { ending: SIGNALLED }, { run: "killed" },                         { kind: "post-summary", status: "destroyed" }],
  ["an agent that ended without a signal",          {},            { run: "ended" },                                  watchdog("the run is ended and the agent did not signal")],
  ["a run that is gone",                            {},            { run: "absent" },                                 watchdog("the run is gone and the agent did not signal")],
  ["a dead sidecar",                                {},            { sidecar: "dead" },                               watchdog("the forge sidecar has died")],
  ["an agent that is silent at the limit",          {},            { lastCheckInMs: NOW - 1_800_000 },                { kind: "wait" }],
  ["an agent that is silent beyond it",             {},            { lastCheckInMs: NOW - 1_800_001 },                watchdog("the agent has not used the forge for 1800 s")],
  ["the watchdog's ending has no grace",            { ending: { ...SIGNALLED, reason: "watchdog" } }, {},             { kind: "stop", graceUntilMs: 0 }],
  ["a frozen run waits",                            { status: "frozen" }, { run: "frozen" },                          { kind: "wait" }],
  ["a member's comment resumes it",                 { status: "frozen" }, { run: "frozen", comments: COMMENT },       { kind: "rehydrate", comments: COMMENT }],
  ["without room it waits",                         { status: "frozen" }, { run: "frozen", comments: COMMENT, hasRoom: false }, { kind: "wait" }],
  ["a comment while it runs waits",                 {},            { comments: COMMENT },                             { kind: "wait" }],
  ["a closed pull request ends a run at work",      { pr_number: 42 }, { pullRequest: { number: 42, isOpen: false } }, { kind: "destroy" }],
  ["and a frozen one",                              { pr_number: 42, status: "frozen" }, { pullRequest: { number: 42, isOpen: false } }, { kind: "destroy" }],
  ["what is destroyed stays so",                    { status: "destroyed" }, { comments: COMMENT, done: DONE },       { kind: "wait" }],
]

test.each(CASES)("%s", (_what, own, seen, step) => {
  const state = {
    ...beginState(
      { owner: "acme", repo: "widgets", issue_number: 17 },
      { agent: "fixer", bottle: undefined, launchId: "l1", webUrl: "", seenCommentId: 0 },
    ),
    slug: "fixer-abc12",
    ...own,
  }
  const quiet: Observation = {
    nowMs: NOW,
    pullRequest: undefined,
    launch: { kind: "up", slug: "fixer-abc12" },
    run: "live",
    sidecar: "answers",
    done: undefined,
    lastCheckInMs: NOW,
    hasRoom: true,
    comments: { fromMembers: [], seen: { seen_comment_id: 0, seen_pr_comment_id: 0, seen_review_id: 0 } },
  }
  expect(decideNext(state, { ...quiet, ...seen }, { watchdogTimeoutMs: 1_800_000 })).toEqual(step)
})
