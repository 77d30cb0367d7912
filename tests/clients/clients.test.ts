// Real clients in real bottles, through the whole proxy: what docs/compatibility.md says of each is
// what it does. Rewritten with BOT_BOTTLE_WRITE_TABLE=1.

import { afterAll, beforeAll, expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { createBwrapBackend } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "../isolation/require-isolation.ts"
import { CLIENTS } from "./clients.ts"
import { findRow, judge, type Row, renderRow, withRows } from "./table.ts"
import { findLack, openToolbox } from "./toolbox.ts"
import { openTrials, type Trials } from "./try-client.ts"

const DOCUMENT = resolve(import.meta.dir, "../../docs/compatibility.md")
const isWriting = Bun.env["BOT_BOTTLE_WRITE_TABLE"] === "1"
const toolbox = await openToolbox()
const rows: Row[] = []
let trials: Trials

beforeAll(async () => {
  trials = await openTrials()
})
afterAll(async () => {
  await trials[Symbol.asyncDispose]()
  if (!isWriting) return
  const order = CLIENTS.map(({ name }) => name)
  writeFileSync(DOCUMENT, withRows(readFileSync(DOCUMENT, "utf8"), order, rows))
})

await describeIsolated("clients", createBwrapBackend(), () => {
  for (const client of CLIENTS) {
    const why = findLack(toolbox, client)
    if (why !== undefined) process.stderr.write(`clients: NOT TRIED: ${client.name}: ${why}\n`)
    const title = `${client.name}: ${client.does}${why === undefined ? "" : ` (not tried: ${why})`}`
    test.skipIf(why !== undefined)(title, async () => {
      const trial = await trials.run(client, toolbox.folder)
      const row = judge(client, trial)
      rows.push(row)
      if (row.listed === "FAILS") throw new Error(`the listed host did not answer it:\n${trial.listed.slice(-2_000)}`)
      if (row.unlisted === "ANSWERED") throw new Error(`an unlisted host answered it:\n${trial.unlisted.slice(-2_000)}`)
      expect(client.fails === undefined || row.listed !== "works").toBe(true)
      if (!isWriting) expect(findRow(readFileSync(DOCUMENT, "utf8"), client.name)).toBe(renderRow(row))
    })
  }

  test("the document has a row of every client, and of no other", () => {
    const document = readFileSync(DOCUMENT, "utf8")
    const named = document.split("\n").flatMap((line) => /^\| ([^|]+) \|.*\|.*\|.*\|$/.exec(line)?.[1] ?? [])
    if (!isWriting) expect(named).toEqual(["client", ...CLIENTS.map(({ name }) => name)])
  })
})
