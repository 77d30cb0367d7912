import { expect, test } from "bun:test"
import { claude } from "./claude/claude.ts"
import { codex } from "./codex/codex.ts"
import { command } from "./command/command.ts"
import { pi } from "./pi/pi.ts"

// biome-ignore format: a table
test.each([
  // harness  first words   ends in
  [claude,    "fix it",     ["fix it"]],
  [claude,    "-n",         ["--", "-n"]],
  [codex,     "resume",     ["--", "resume"]],
  [pi,        "@file",      [" @file"]],
  [command,   "go",         ["go"]],
] as const)("composeArgs: first words at a terminal are words, never options or files: %# %p", (harness, opening, end) => {
  const args = harness.composeArgs({ prompt: undefined, opening, continues: false, needed: [], own: [] })
  expect(args.slice(-end.length)).toEqual([...end])
  // Attended: nothing tells the harness to answer once and leave.
  for (const word of ["-p", "exec"]) expect(args).not.toContain(word)
})
