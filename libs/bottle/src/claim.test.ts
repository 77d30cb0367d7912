import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { claim } from "./claim.ts"
import { claimFreeLabel } from "./label-claim.ts"
import { identifyProcess } from "./process-identity.ts"

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

test("INV-66: of eight processes claiming at once over a dead holder, each gets a label of its own", async () => {
  using folder = temporaryFolder()
  claim(join(folder.path, "state", ".labels"), "build", dead)
  const script = `
    import { claimFreeLabel } from ${JSON.stringify(join(import.meta.dir, "label-claim.ts"))}
    import { identifyProcess } from ${JSON.stringify(join(import.meta.dir, "process-identity.ts"))}
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
