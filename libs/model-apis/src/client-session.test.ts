import { expect, test } from "bun:test"
import { readClientSession } from "./client-session.ts"

// biome-ignore format: a table
test.each([
  // header lines                                                                        session
  [[],                                                                                   undefined],
  [["Content-Type: application/json"],                                                   undefined],
  [["X-Claude-Code-Session-Id: s1"],                                                     { id: "s1" }],
  [["x-claude-code-session-id: s1", "x-claude-code-agent-id: a1"],                           { id: "s1/a1", parent: "s1" }],
  [["x-claude-code-session-id: s1", "x-claude-code-agent-id: a2", "x-claude-code-parent-agent-id: a1"], { id: "s1/a2", parent: "s1/a1" }],
  [["x-claude-code-agent-id: a1"],                                                           undefined],
  [["session-id: t1", "thread-id: t1"],                                                    { id: "t1" }],
  [["session-id: t1", "thread-id: t2"],                                                    { id: "t2", parent: "t1" }],
  [["session-id: t1", "thread-id: t3", "x-codex-parent-thread-id: t2"],                      { id: "t3", parent: "t2" }],
  [["thread-id: t1", "x-codex-parent-thread-id: t1"],                                        { id: "t1" }],
  [["session-id:t1"],                                                                    { id: "t1" }],
  // A long value, or an invalid name, is ignored.
  [[`session-id: ${"x".repeat(101)}`],                                                     undefined],
  [["session-id: a b"],                                                                    undefined],
  [["session-id: \u001b[31m"],                                                             undefined],
  [["session-id:"],                                                                      undefined],
] as const)("%j is session %j", (lines, session) => {
  expect(readClientSession(lines)).toEqual(session as never)
})
