import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity, Run } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import { createRunFolders } from "@bot-bottle/run-state"
import { openTempFolder } from "@bot-bottle/testkit"
import type { BringUp, Resumable } from "./launch-site.ts"
import { takeOverRun } from "./resumed-run.ts"

test("INV-48: of two launchers that saw the same run, the second is refused and has touched nothing", async () => {
  await using place = await openPlace()
  const { run, root, ledger } = place
  const first = await takeOverRun(place.requestOf("8:8:boot"), place.resumable)
  expect(await ledger.findRun(run.slug)).toEqual({ ...taken(run), launcher: "8:8:boot" as ProcessIdentity })

  const mark = join(root, "state", run.slug, "share/made-by-the-first")
  await Bun.write(mark, "x")
  await expect(takeOverRun(place.requestOf("9:9:boot"), place.resumable)).rejects.toThrow("has just been changed")
  expect([existsSync(mark), (await ledger.findRun(run.slug))?.launcher as string]).toEqual([true, "8:8:boot"])

  await first.undo()
  expect(await ledger.findRun(run.slug)).toMatchObject({ status: "frozen", endReason: "budget" })
})

test("INV-48: a run that was killed after it was looked at stays killed", async () => {
  await using place = await openPlace()
  const { run, ledger } = place
  await ledger.updateRunAsSeen(run, { status: "killed" })
  await expect(takeOverRun(place.requestOf("9:9:boot"), place.resumable)).rejects.toThrow("has just been changed")
  expect((await ledger.findRun(run.slug))?.status).toBe("killed")
})

function taken({ endReason: _, ...run }: Run): Run {
  return { ...run, status: "running", policy: "kill", ancestors: ["base"] }
}

async function openPlace() {
  const folder = await openTempFolder()
  const { slug } = createRunFolders({ root: folder.path, label: "x", newSuffix: () => "aaaaa", etcFiles: [] })
  const ledger = await openLedger(join(folder.path, "bot-bottle.db"))
  const run: Run = {
    slug,
    host: ledger.host,
    label: "x",
    color: "",
    agent: "impl",
    bottles: ["dev"],
    ancestors: [],
    provider: "command",
    meters: ["claude"],
    backend: "bwrap",
    policy: "freeze",
    tags: {},
    status: "frozen",
    startedAtMs: 1,
    endReason: "budget",
    launcher: "7:7:boot" as ProcessIdentity,
  }
  await ledger.createRun(run)
  const launch = { policy: "kill", meters: ["claude"], bottle: { ancestors: ["base"] } }
  const requestOf = (launcher: string) =>
    ({ env: { root: folder.path, operator: "me" }, ledger, launch, launcher }) as unknown as BringUp
  const resumable = { run, record: {}, metadata: {} } as unknown as Resumable
  return {
    root: folder.path,
    run,
    ledger,
    requestOf,
    resumable,
    async [Symbol.asyncDispose]() {
      await ledger.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
