import { expect, test } from "bun:test"
import { openTerminal } from "./terminal.ts"

const ASK = `
  process.stdout.write("\\x1b[31mname?\\x1b[0m ")
  for await (const line of console) {
    console.log(line === "" ? "nobody" : "hello " + line + " on " + process.stdout.columns)
    process.exit(7)
  }`

test("openTerminal types, reads the screen and the exit code", async () => {
  await using terminal = await openTerminal([process.execPath, "-e", ASK], { columns: 60, rows: 10 })
  await terminal.untilScreen("name?")
  expect(await terminal.screen({ styled: true })).toContain("\x1b[31mname?")

  await terminal.type("Ada; $(ls)")
  await terminal.press("Enter")
  expect(await terminal.untilScreen(/hello .*/)).toContain("hello Ada; $(ls) on 60")
  expect(await terminal.untilExit()).toBe(7)
})

test("enter waits for its line before it presses Enter, and refuses one that the screen holds already", async () => {
  // Like the editors of some agents: an Enter in one piece with other keys is a new line, and keys show late.
  const editor = `
    process.stdin.setRawMode(true)
    process.stdout.write("ready>")
    process.stdin.on("data", (keys) => {
      if (String(keys) === "\\r") process.stdout.write(" entered")
      setTimeout(() => process.stdout.write(String(keys).replace("\\r", "+")), 100)
    })`
  await using terminal = await openTerminal([process.execPath, "-e", editor], { columns: 60, rows: 10 })
  await terminal.untilScreen("ready>")
  await expect(terminal.enter("ready")).rejects.toThrow("The screen holds it already: ready")
  await terminal.enter("say it")
  expect(await terminal.untilScreen("entered")).toContain("ready>say it entered")
})

test("a program that has ended leaves its whole screen behind, the first row as well", async () => {
  // It waits: tmux loses the output of a program that ends at once.
  await using terminal = await openTerminal([
    "sh",
    "-c",
    "stty -echo; printf 'its '; read -r _; printf 'only line'; exit 3",
  ])
  await terminal.untilScreen("its")
  await terminal.press("Enter")
  expect(await terminal.untilExit()).toBe(3)
  expect(await terminal.screen()).toBe("its only line")
})

test("screen has the lines that were scrolled off, where they are asked for", async () => {
  // It waits: tmux loses the output of a program that ends at once.
  await using terminal = await openTerminal(["sh", "-c", "seq 1 40; read -r _"], { rows: 10 })
  await terminal.untilScreen(/^40$/m)
  const [shown, all] = [await terminal.screen(), await terminal.screen({ scrolled: true })]
  expect([shown.split("\n").includes("2"), all.split("\n").slice(0, 3)]).toEqual([false, ["1", "2", "3"]])
})

test("untilScreen says what stood there instead", async () => {
  await using terminal = await openTerminal([
    process.execPath,
    "-e",
    "console.log('name?'); setInterval(() => {}, 1000)",
  ])
  await terminal.untilScreen("name?")
  await expect(terminal.untilScreen("age?", { deadlineMs: 100 })).rejects.toThrow(
    /in vain for age\? on the screen\nname\?/,
  )
  await terminal.press("C-c")
  expect(await terminal.untilExit()).toBeGreaterThan(128)
})
