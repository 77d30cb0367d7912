import { expect, test } from "bun:test"
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { listOrphanCgroups, removeOrphanCgroup } from "./orphan-cgroups.ts"

const NOW = 1_000_000_000_000

test("a bottle's cgroup is left when nothing runs in it and it is not just being filled; others are nobody's business", () => {
  const folder = mkdtempSync(join(tmpdir(), "bottle-cgroups-"))
  try {
    for (const [name, ageMs, events] of [
      ["bot-bottle-old-00000", 120_000, undefined],
      ["bot-bottle-full-00000", 120_000, "populated 1\nfrozen 0\n"],
      ["bot-bottle-young-00000", 1_000, undefined],
      ["user.slice", 120_000, undefined],
    ] as const) {
      mkdirSync(join(folder, name))
      if (events !== undefined) writeFileSync(join(folder, name, "cgroup.events"), events)
      utimesSync(join(folder, name), NOW / 1000, (NOW - ageMs) / 1000)
    }
    const left = listOrphanCgroups(NOW, folder)
    expect(left).toEqual([{ path: join(folder, "bot-bottle-old-00000"), slug: "old-00000" }])
    expect(left.map(removeOrphanCgroup)).toEqual(["done"])
    expect(left.map(removeOrphanCgroup)).toEqual(["kept"])
    expect(removeOrphanCgroup({ path: join(folder, "bot-bottle-full-00000"), slug: "full-00000" })).toBe("kept")
    expect(existsSync(join(folder, "bot-bottle-full-00000"))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
