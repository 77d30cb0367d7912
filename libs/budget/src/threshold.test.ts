import { expect, test } from "bun:test"
import { MAX_TOKENS } from "./charge.ts"
import { findCrossed } from "./threshold.ts"

// biome-ignore format: a table
test.each([
  // limit       before        after         crossed
  [100,          0,            79,           []],
  [100,          0,            80,           [80]],
  [100,          79,           80,           [80]],
  [100,          80,           81,           []],
  [100,          80,           90,           [90]],
  [100,          85,           97,           [90, 95]],
  [100,          95,           99,           []],
  [100,          99,           100,          [100]],
  [100,          0,            100,          [80, 90, 95, 100]],
  [100,          0,            500,          [80, 90, 95, 100]],
  [100,          100,          200,          []],
  [100,          80,           80,           []],
  [1,            0,            1,            [80, 90, 95, 100]],
  [3,            2,            3,            [80, 90, 95, 100]],
  [7,            5,            6,            [80]],
  [0,            0,            5,            []],
  [MAX_TOKENS,  MAX_TOKENS - 1, MAX_TOKENS, [100]],
] as const)("of a limit of %d, going from %d to %d crosses %p", (limit, before, after, crossed) => {
  expect(findCrossed(limit, before, after)).toEqual([...crossed])
})
