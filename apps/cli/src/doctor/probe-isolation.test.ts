import { expect, test } from "bun:test"
import { composeReason } from "./probe-isolation.ts"

// biome-ignore format: a table
test.each([
  ["",                               "",               "it ended with exit code 1 before its self-test"],
  ["bwrap: No space left\n",         "",               "it ended with exit code 1 before its self-test; bwrap: No space left"],
  ["a warning\r\nbwrap: setup\r\n\n", "",             "it ended with exit code 1 before its self-test; bwrap: setup"],
  ["",                               "EACCES: listen", "it ended with exit code 1 before its self-test; EACCES: listen"],
  ["bwrap: setup",                   "EACCES: listen", "it ended with exit code 1 before its self-test; bwrap: setup; EACCES: listen"],
] as const)("a probe whose bottle said %j and whose proxy said %j has a reason", (bottleSaid, proxySaid, reason) => {
  expect(composeReason({ bottleSaid, proxySaid, exitCode: 1 })).toBe(reason)
})
