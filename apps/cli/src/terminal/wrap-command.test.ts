import { expect, test } from "bun:test"
import { wrapCommand } from "./wrap-command.ts"
import { wrapText } from "./wrap-text.ts"

test.each([
  ["bot-bottle list", 20, ["  bot-bottle list"]],
  ["bot-bottle resume impl-abc12 --detach", 26, ["  bot-bottle resume \\", "    impl-abc12 --detach"]],
  ["bot-bottle start --prompt 'fix the test'", 30, ["  bot-bottle start --prompt \\", "    'fix the test'"]],
] as const)("%s at %p columns is one command for a shell", async (command, width, lines) => {
  const wrapped = wrapCommand(command, { width, indent: 2 })
  expect(wrapped).toEqual([...lines])
  const words = (script: string) => Bun.spawnSync(["printf", "%s\\n", script]).stdout.toString()
  expect(
    words(
      wrapped
        .join("\n")
        .replaceAll(/ \\\n +/g, " ")
        .trim(),
    ),
  ).toBe(words(command))
})

test.each([
  [
    "bot-bottle: to continue: bot-bottle budget set run:impl-abc12 claude 200k && bot-bottle resume impl-abc12",
    [
      "bot-bottle: to continue:",
      "  bot-bottle budget set run:impl-abc12 claude \\",
      "    200k && bot-bottle resume impl-abc12",
    ],
  ],
  [
    "bot-bottle: hint: bot-bottle login claude, or export ANTHROPIC_API_KEY; the bottle never sees it",
    [
      "bot-bottle: hint:",
      "  bot-bottle login claude",
      "  or export ANTHROPIC_API_KEY; the bottle never",
      "    sees it",
    ],
  ],
  [
    "bot-bottle: hint: see 'bot-bottle list --all', where the run is",
    ["bot-bottle: hint: see 'bot-bottle list --all',", "  where the run is"],
  ],
] as const)("%s", (line, lines) => {
  expect(wrapText(line, { width: 50, hang: 2 })).toEqual([...lines])
})
