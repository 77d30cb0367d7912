import { expect, test } from "bun:test"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { listHiddenTools } from "./hidden-tools.ts"

test("a tool that only the operator's own folder has is hidden; one that the system has, too, or nobody has, is not", async () => {
  await using folder = await openTempFolder()
  for (const name of ["only-mine", "sh"]) {
    writeFileSync(join(folder.path, name), "#!/bin/sh\n")
    chmodSync(join(folder.path, name), 0o755)
  }
  const names = ["only-mine", "sh", "no-such-tool"]
  expect(listHiddenTools(`${folder.path}:/usr/bin`, names)).toEqual([
    { name: "only-mine", path: join(folder.path, "only-mine") },
  ])
})
