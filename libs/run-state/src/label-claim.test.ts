import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { claim, clearDeadClaims, identifyProcess } from "@bot-bottle/kernel"
import { claimFreeLabel } from "./label-claim.ts"

const self = identifyProcess(process.pid)!
const dead = "4194300:1:another-boot" as ProcessIdentity

test("INV-66: a living holder keeps others out; a dead one does not", () => {
  using folder = temporaryFolder()
  expect(claim(folder.path, "a", dead)).toBe("claimed")
  expect(claim(folder.path, "a", self)).toBe("claimed")
  expect(claim(folder.path, "a", dead)).toBe("taken")
  expect(claim(folder.path, "a", self)).toBe("claimed")
  expect(claim(folder.path, "b", dead)).toBe("claimed")
})

test("INV-66: no trace is left but the newest claim", () => {
  using folder = temporaryFolder()
  for (let round = 0; round < 5; round += 1)
    claim(folder.path, "a", `${4194290 + round}:1:another-boot` as ProcessIdentity)
  expect(readdirSync(folder.path)).toEqual([`${Buffer.from("a").toString("hex")}.5`])
})

test("INV-66: dead claims are cleared away, living ones never, and no number comes twice", () => {
  using folder = temporaryFolder()
  const [a, b] = ["a", "b"].map((name) => Buffer.from(name).toString("hex"))
  for (let round = 0; round < 3; round += 1)
    claim(folder.path, "a", `${4194290 + round}:1:another-boot` as ProcessIdentity)
  claim(folder.path, "b", self)
  expect([clearDeadClaims(folder.path, { dryRun: true }), readdirSync(folder.path)]).toEqual([1, [`${a}.3`, `${b}.1`]])
  expect([clearDeadClaims(folder.path, { dryRun: false }), readdirSync(folder.path).sort()]).toEqual([
    1,
    [`${b}.1`, "floor.3"],
  ])
  expect(claim(folder.path, "a", dead)).toBe("claimed")
  expect(claim(folder.path, "b", dead)).toBe("taken")
  expect(readdirSync(folder.path).sort()).toEqual([`${a}.4`, `${b}.1`, "floor.3"])
  expect(clearDeadClaims(folder.path, { dryRun: false })).toBe(1)
  expect(readdirSync(folder.path).sort()).toEqual([`${b}.1`, "floor.4"])
  expect(clearDeadClaims(join(folder.path, "never"), { dryRun: false })).toBe(0)
})

test("INV-66: one that looked before the clearing, and makes its claim after it, comes too late", () => {
  using folder = temporaryFolder()
  const stem = Buffer.from("a").toString("hex")
  writeFileSync(join(folder.path, "floor.7"), "")
  // Made by who had seen neither the floor nor the claims below it.
  writeFileSync(join(folder.path, `${stem}.2`), dead)
  expect(claim(folder.path, "a", self)).toBe("claimed")
  expect(readdirSync(folder.path).sort()).toEqual([`${stem}.8`, "floor.7"])
})

test("INV-66: of eight processes claiming at once over a dead holder, each gets a label of its own", async () => {
  using folder = temporaryFolder()
  claim(join(folder.path, "state", ".labels"), "build", dead)
  const script = `
    import { claimFreeLabel } from ${JSON.stringify(join(import.meta.dir, "label-claim.ts"))}
    import { identifyProcess } from ${JSON.stringify(import.meta.resolve("@bot-bottle/kernel"))}
    await Bun.stdin.text()
    console.log(claimFreeLabel({ root: ${JSON.stringify(folder.path)}, label: "build", launcher: identifyProcess(process.pid) }))
    await new Promise(() => setInterval(() => {}, 1000))`
  const starters = Array.from({ length: 8 }, () =>
    Bun.spawn([process.execPath, "-e", script], { stdio: ["pipe", "pipe", "inherit"] }),
  )
  for (const { stdin } of starters) await stdin.end()
  const labels = await Promise.all(starters.map(async ({ stdout }) => firstLine(stdout)))
  for (const starter of starters) starter.kill("SIGKILL")
  await Promise.all(starters.map(({ exited }) => exited))
  expect(labels.sort()).toEqual(["build", ...[2, 3, 4, 5, 6, 7, 8].map((number) => `build-${number}`)])
  expect(claimFreeLabel({ root: folder.path, label: "build", launcher: self })).toBe("build")
})

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ""
  for await (const bytes of stream) {
    text += Buffer.from(bytes).toString()
    if (text.includes("\n")) break
  }
  return text.trim()
}

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "bottle-claim-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
