import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { countHidden } from "./count-hidden.ts"

// biome-ignore format: a table
test.each([
  [[],                      4],
  [["*.sqlite"],            5],
  [["!.env"],               3],
  [["!*"],                  0],
] as const)("with the rules %j, %d entries are hidden: a folder is one, tracked files and Git's own are none", async (rules, count) => {
  using folder = await openFolder()
  expect(await countHidden(folder.path, { rules, timeoutMs: 60_000 })).toEqual({ count, isWhole: true })
})

test("without time nothing is counted, and that is said", async () => {
  using folder = await openFolder()
  expect(await countHidden(folder.path, { rules: [], timeoutMs: 0 })).toEqual({ count: 0, isWhole: false })
})

async function openFolder() {
  const path = mkdtempSync(join(tmpdir(), "bottle-count-"))
  for (const folder of [".aws", "app"]) mkdirSync(join(path, folder))
  for (const file of [".env", ".env.example", "app/.env.local", "app/rows.sqlite", "server.key", "tracked.pem"])
    writeFileSync(join(path, file), file)
  for (const file of [".aws/config", ".aws/credentials"]) writeFileSync(join(path, file), file)
  await runProgram(["git", "-C", path, "init", "-q"])
  writeFileSync(join(path, ".git/id_rsa"), "x")
  await runProgram(["git", "-C", path, "add", "tracked.pem"])
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
