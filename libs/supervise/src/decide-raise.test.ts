import { expect, test } from "bun:test"
import type { Scope } from "@bot-bottle/contracts"
import { decideRaise } from "./decide-raise.ts"

const RUN: Scope = { kind: "run", key: "r" }
const HOST: Scope = { kind: "host", key: "" }
const at = (limitTokens: number, usedTokens: number) => ({ limitTokens, usedTokens })

// biome-ignore format: a table
test.each([
  // asks  nearest                          run used  host            ceilings             decision
  [100,    { scope: RUN,  ...at(500, 450) }, 450,     at(1000, 600),  [],                  raise(600, false)],
  [100,    { scope: RUN,  ...at(500, 510) }, 510,     undefined,      [],                  raise(600, false)],
  // The host has 50 left of its 1,000: the run of 60 tokens may spend those and 100 more.
  [100,    { scope: HOST, ...at(1000, 950) }, 60,     at(1000, 950),  [],                  raise(210, true)],
  [100,    { scope: HOST, ...at(1000, 1200) }, 60,    at(1000, 1200), [],                  raise(160, true)],
  [900,    { scope: RUN,  ...at(500, 450) }, 450,     at(1000, 450),  [],                  raise(1400, true)],
  [100,    { scope: RUN,  ...at(500, 450) }, 450,     undefined,      [at(2000, 1850)],    raise(600, false)],
  [101,    { scope: RUN,  ...at(500, 450) }, 450,     undefined,      [at(2000, 1850)],    { outcome: "refused", reason: "above-ceiling", roomTokens: 100 }],
  [100,    { scope: RUN,  ...at(500, 450) }, 450,     undefined,      [at(2000, 1850), at(900, 890)], { outcome: "refused", reason: "above-ceiling", roomTokens: 0 }],
  [100,    undefined,                        450,     at(1000, 600),  [],                  { outcome: "refused", reason: "unlimited" }],
] as const)("decideRaise: %d more under %j, %d used, host %j, ceilings %j", (tokens, nearest, runUsedTokens, host, ceilings, decision) => {
  expect(decideRaise({ tokens, nearest, runUsedTokens, host, ceilings })).toEqual(decision)
})

function raise(limitTokens: number, isAboveHost: boolean) {
  return { outcome: "raise", limitTokens, isAboveHost } as const
}
