import { expect, test } from "bun:test"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { Bottle } from "@bot-bottle/bottle"
import { runFolders } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { createSessionStdio } from "./session-stdio.ts"

test("an agent that asks its terminal without end, and reads no answer, is not answered without end", async () => {
  await using folder = await openTempFolder()
  const folders = runFolders(folder.path, "mine-00000")
  await mkdir(folders.transcript, { recursive: true })
  const unread: string[] = []
  const never = new Promise<void>(() => {})
  const bottle = {
    input(bytes: Uint8Array) {
      unread.push(Buffer.from(bytes).toString())
      return never
    },
  } as unknown as Bottle
  const session = await createSessionStdio({ kind: "background", terminal: { columns: 80, rows: 24 } })
  const stdio = session.stdio(folders)
  session.open({ slug: "mine-00000", folders, bottle })
  if (stdio.kind !== "relayed") throw new Error("An agent in the background is relayed")
  const asks = Buffer.from("\x1b[6n".repeat(5_000))
  for (let round = 0; round < 10; round += 1) await stdio.onOutput(asks, "stdout")
  await session.end(0, [])
  expect(unread).toEqual(Array.from({ length: 1_000 }, () => "\x1b[1;1R"))
  expect(await Bun.file(join(folders.transcript, "output.log")).arrayBuffer()).toHaveProperty("byteLength", 200_000)
})
