import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES, type RunStatus, runFolders } from "@bot-bottle/contracts"
import { openTempLedger, sampleRun } from "@bot-bottle/ledger/testing"
import { openTempFolder } from "@bot-bottle/testkit"
import { restoreEgress } from "./restore-egress.ts"

const SLUG = "impl-abc12"
const STATUS = { protocol: 1, slug: SLUG, egress: "open", openStreams: 0, requests: 0, denied: 0 } as const

// biome-ignore format: a table
test.each([
  // meanwhile   then       outcome
  [undefined,    "running", "restored"],
  ["killed",     "killed",  "refused"],
  ["frozen",     "frozen",  "refused"],
  ["ended",      "ended",   "refused"],
] as const)("restoreEgress: a run that became %p while its proxy was asked is then %s", async (meanwhile, then, outcome) => {
  await using place = await openPlace(meanwhile)
  const restored = await restoreEgress(place.ledger, place.env, SLUG).then(
    () => "restored",
    () => "refused",
  )
  const run = await place.ledger.findRun(SLUG)
  expect([restored, run?.status]).toEqual([outcome, then])
  const steps = await place.ledger.listEnforcement(SLUG)
  expect(steps.map(({ kind, outcome: how }) => [kind, how])).toEqual([["restore", outcome === "restored" ? "done" : "failed"]])
})

test("restoreEgress: a proxy that stays closed is not called open", async () => {
  await using place = await openPlace(undefined, "cut")
  await expect(restoreEgress(place.ledger, place.env, SLUG)).rejects.toThrow(
    "the lease on its job was not renewed in time",
  )
  expect((await place.ledger.findRun(SLUG))?.status).toBe("cut")
})

/** A run that is cut off, and a proxy that answers after something else has happened to the run. */
async function openPlace(meanwhile: RunStatus | undefined, then: "open" | "cut" = "open") {
  const folder = await openTempFolder()
  const temp = await openTempLedger()
  const { ledger } = temp
  await ledger.createRun(sampleRun(SLUG, { status: "cut" }))
  const { egress } = runFolders(folder.path, SLUG)
  mkdirSync(egress, { recursive: true })
  const server = Bun.serve({
    unix: join(egress, EGRESS_FILES.control),
    async fetch() {
      const run = await ledger.findRun(SLUG)
      if (meanwhile !== undefined && run) await ledger.updateRunAsSeen(run, { status: meanwhile })
      return Response.json({ ...STATUS, egress: then })
    },
  })
  return {
    ledger,
    env: {
      root: folder.path,
      cwd: folder.path,
      path: "/usr/bin:/bin",
      operator: "tester",
      find: () => undefined,
      findSecret: () => undefined,
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true)
      await temp[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
