import { expect, test } from "bun:test"
import { claude } from "../claude/claude.ts"
import { codex } from "../codex/codex.ts"
import { guestSetup } from "../guest-setup-fixture.ts"
import { command } from "./command.ts"

test("the prompt is the program's last argument, verbatim; at a terminal it has none", () => {
  const own = ["--fast"]
  expect(command.composeArgs({ prompt: "--go 'x'", opening: undefined, continues: true, needed: [], own })).toEqual([
    "--fast",
    "--go 'x'",
  ])
  expect(command.composeArgs({ prompt: undefined, opening: undefined, continues: false, needed: [], own })).toEqual([
    "--fast",
  ])
})

test("the guest holds a placeholder for each credential of what it meters", () => {
  const both = [
    claude.placeholders({ name: "CLAUDE_CODE_OAUTH_TOKEN" }),
    codex.placeholders({ name: "OPENAI_API_KEY" }),
  ] as const
  const placeholders = { env: { ...both[0].env, ...both[1].env }, files: both.flatMap(({ files }) => files) }
  const { env, files } = command.guest(guestSetup({ placeholders }))
  expect(Object.keys(env)).toEqual(["CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY"])
  expect(Object.values(env).every((text) => text.includes("placeholder"))).toBeTrue()
  expect(files.map(({ path }) => path)).toEqual([".codex/auth.json"])
})

test("the agent's body is a file that BOT_BOTTLE_AGENT_FILE names; without one there is no such variable", () => {
  expect(command.guest(guestSetup()).env).toEqual({})
  const { env, files } = command.guest(guestSetup({ systemPrompt: "Be brief." }))
  expect(env).toEqual({ BOT_BOTTLE_AGENT_FILE: "/home/node/.bot-bottle/agent.md" })
  expect(files).toEqual([{ path: ".bot-bottle/agent.md", content: "Be brief." }])
})
