import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, openTerminal } from "@bot-bottle/testkit"

const OPTIONS = '[{ value: "one", label: "one" }, { value: "two", label: "two" }]'

// biome-ignore format: a table
test.each([
  // question                                                                                 keys after Ctrl-Z      answer
  [`pickOne("Which?", ${OPTIONS})`,                                                           ["t", "w", "Enter"],   "two"],
  [`pickFrom("Which?", ${OPTIONS})`,                                                          ["Down", "Enter"],     "two"],
  [`askKey("Which?", [{ value: "y", label: "yes" }, { value: "n", label: "no" }], NEVER)`,    ["n"],                 "n"],
  [`askHidden("Which?", { check: () => undefined, signal: NEVER })`,                          ["s", "k", "Enter"],   "sk"],
  [`askText("Which?")`,                                                                       ["h", "i", "Enter"],   "hi"],
  [`askYesNo("Which?")`,                                                                      ["Left", "Enter"],     true],
] as const)("Ctrl-Z leaves %s open, and the keys right behind it answer", async (question, keys, answer) => {
  await using asked = await ask(question)
  // One call of tmux: the program reads them all at once, or with a key in between.
  await asked.terminal.press("C-z", ...keys.slice(0, -1), "C-z", ...keys.slice(-1))
  expect(await asked.terminal.untilExit()).toBe(0)
  expect(await asked.answer()).toEqual({ answer })
})

test("a stop signal from elsewhere leaves a question open", async () => {
  await using asked = await ask(`askText("Which?")`)
  process.kill(Number((await asked.terminal.screen()).match(/process (\d+)/)?.[1]), "SIGTSTP")
  await asked.terminal.press("h", "i", "Enter")
  expect(await asked.terminal.untilExit()).toBe(0)
  expect(await asked.answer()).toEqual({ answer: "hi" })
})

// biome-ignore format: a table
test.each(["Escape", "C-c"])("%s after Ctrl-Z leaves a question without an answer", async (key) => {
  await using asked = await ask(`askText("Which?")`)
  await asked.terminal.press("C-z", key)
  expect(await asked.terminal.untilExit()).toBe(0)
  expect(await asked.answer()).toEqual({})
})

// biome-ignore format: a table
test.each([
  [`askYesNo("Which?")`,                                                                    "Escape"],
  [`askYesNo("Which?")`,                                                                    "C-c"],
  [`askKey("Which?", [{ value: "y", label: "yes" }, { value: "n", label: "no" }], NEVER)`,  "Escape"],
] as const)("%s left with %s shows no answer, as none was given", async (question, key) => {
  await using asked = await ask(question)
  expect(await asked.terminal.screen()).toContain("yes")
  await asked.terminal.press(key)
  expect(await asked.terminal.untilExit()).toBe(0)
  const screen = await asked.terminal.screen()
  expect([screen.includes("Which?"), /yes|no/.test(screen)]).toEqual([true, false])
  expect(await asked.answer()).toEqual({})
})

/** A program that asks one question in a terminal and keeps its answer. */
async function ask(question: string) {
  const folder = await openTempFolder()
  const kept = join(folder.path, "answer.json")
  const script = `
    const { ${question.replace(/\(.*/s, "")} } = await import(${JSON.stringify(join(import.meta.dir, "pickers.ts"))})
    const NEVER = new AbortController().signal
    console.log("process", process.pid)
    const answer = await ${question}
    await Bun.write(${JSON.stringify(kept)}, JSON.stringify({ answer }))
    process.exit(0)`
  const terminal = await openTerminal([process.execPath, "-e", script], { cwd: folder.path })
  await terminal.untilScreen("Which?")
  return {
    terminal,
    answer: () => Bun.file(kept).json(),
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
