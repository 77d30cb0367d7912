import { expect, test } from "bun:test"
import { openTerminalPair } from "./terminal-pair.ts"

test("openTerminalPair: a program has a terminal of that size, and its output waits for its reader", () => {
  using pair = openTerminalPair({ columns: 91, rows: 17 })
  expect(pair.read(100).length).toBe(0)
  const { exitCode } = Bun.spawnSync(["stty", "size"], { stdio: [pair.slave, pair.slave, "ignore"] })
  const parts = [pair.read(3), pair.read(100)].map((bytes) => new TextDecoder().decode(bytes))
  expect({ exitCode, parts }).toEqual({ exitCode: 0, parts: ["17 ", "91\r\n"] })
})

test("takeTyped has what the program has not read, once", () => {
  using pair = openTerminalPair({ columns: 80, rows: 24 })
  pair.type("one\ntwo\n")
  const { stdout } = Bun.spawnSync(["head", "-n", "1"], { stdio: [pair.slave, "pipe", "ignore"] })
  expect([stdout.toString(), pair.takeTyped(), pair.takeTyped()]).toEqual(["one\n", "two\n", ""])
})
