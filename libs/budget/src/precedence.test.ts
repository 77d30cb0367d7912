import { expect, test } from "bun:test"
import { type BudgetLimit, HOST_SCOPE, type LimitSource, type Scope } from "@bot-bottle/contracts"
import { findBindingLimits, findTightest, leftTokens } from "./precedence.ts"

const RUN: Scope = { kind: "run", key: "impl-abc12" }
const AGENT: Scope = { kind: "agent", key: "impl" }
const BOTTLE: Scope = { kind: "bottle", key: "claude-dev" }
const PARENT: Scope = { kind: "bottle", key: "dev" }
const CHAIN = [RUN, AGENT, BOTTLE, PARENT, HOST_SCOPE]

// One letter per scope of the chain, nearest first; its case is the provider: lower claude, upper codex.
const SCOPES: Readonly<Record<string, Scope>> = {
  r: RUN,
  a: AGENT,
  b: BOTTLE,
  p: PARENT,
  h: HOST_SCOPE,
  x: { kind: "agent", key: "other" },
}

// biome-ignore format: a table
test.each([
  // defined                       governs
  ["",                             undefined],
  ["h:settings:9",                 9],
  ["p:manifest:8 h:settings:9",    8],
  ["h:settings:1 p:manifest:8",    8],
  ["b:manifest:7 p:manifest:1",    7],
  ["a:operator:6 b:manifest:1",    6],
  ["r:flag:5 a:operator:1",        5],
  ["r:operator:4 h:settings:1",    4],
  // The source decides within one scope only.
  ["r:flag:5 r:operator:3",        3],
  ["r:operator:9 r:flag:5",        9],
  ["b:operator:3 b:manifest:7",    3],
  ["b:manifest:7 b:operator:3",    3],
  ["h:settings:9 h:operator:99",   99],
  ["h:flag:2 b:manifest:7",        7],
  // Another provider's or a stranger's limit defines nothing here.
  ["R:flag:1 h:settings:9",        9],
  ["x:operator:1 h:settings:9",    9],
  ["B:manifest:1",                 undefined],
  // Zero is a limit like any other.
  ["r:flag:0 h:settings:9",        0],
] as const)("INV-31: of '%s' the limit %p governs", (defined, expected) => {
  const limits = defined.split(" ").filter(Boolean).map(limitFrom)
  const found = findBindingLimits({ provider: "claude", chain: CHAIN, limits, ceilings: [] })
  expect(found.map(({ limit }) => limit.limitTokens)).toEqual(expected === undefined ? [] : [expected])
})

test("with two bottles of one name apart, the nearer one in the chain governs", () => {
  const limits = [limitFrom("p:manifest:1"), limitFrom("b:manifest:2")]
  const search = { provider: "claude", limits, ceilings: [] }
  expect(findBindingLimits({ ...search, chain: [PARENT, BOTTLE] })[0]?.limit.limitTokens).toBe(1)
  expect(findBindingLimits({ ...search, chain: [BOTTLE, PARENT] })[0]?.limit.limitTokens).toBe(2)
})

test("INV-31: ceilings of the provider bind beside the nearest limit, and alone", () => {
  const ceilings = [limitFrom("h:settings:20"), limitFrom("H:settings:3")]
  const nearest = limitFrom("r:flag:50")
  const search = { provider: "claude", chain: CHAIN, ceilings }
  expect(findBindingLimits({ ...search, limits: [nearest] })).toEqual([
    { limit: nearest, isCeiling: false },
    { limit: limitFrom("h:settings:20"), isCeiling: true },
  ])
  expect(findBindingLimits({ ...search, limits: [] })).toEqual([{ limit: limitFrom("h:settings:20"), isCeiling: true }])
})

// biome-ignore format: a table
test.each([
  // limit/used/reserved of each      index of the tightest
  [[],                                undefined],
  [["9/0/0"],                         0],
  [["9/0/0", "8/0/0"],                1],
  [["9/5/0", "8/0/0"],                0],
  [["9/0/5", "8/0/0"],                0],
  [["9/1/0", "8/0/0"],                0],
  [["8/0/0", "9/1/0"],                0],
  [["5/9/0", "5/9/1", "0/0/0"],       1],
] as const)("of %p the tightest is %p", (texts, index) => {
  const standings = texts.map((text) => {
    const [limitTokens = 0, usedTokens = 0, reservedTokens = 0] = text.split("/").map(Number)
    return { limit: { ...limitFrom("h:settings:0"), limitTokens }, isCeiling: false, usedTokens, reservedTokens }
  })
  expect(findTightest(standings)).toBe(index === undefined ? undefined : standings[index])
})

test("what is left goes below zero when a limit is overdrawn", () => {
  expect(leftTokens({ limit: limitFrom("h:settings:9"), isCeiling: false, usedTokens: 8, reservedTokens: 4 })).toBe(-3)
})

function limitFrom(text: string): BudgetLimit {
  const [letter = "", source, tokens] = text.split(":")
  return {
    scope: SCOPES[letter.toLowerCase()] ?? HOST_SCOPE,
    provider: letter === letter.toLowerCase() ? "claude" : "codex",
    limitTokens: Number(tokens),
    window: "total",
    source: source as LimitSource,
  }
}
