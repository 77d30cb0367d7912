// Each program of the tables is a file, and a clone starts it from its source.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import {
  foreignProgram,
  GUEST_PROGRAMS,
  guestProgram,
  HOST_PROGRAMS,
  HOST_THREADS,
  hostProgram,
} from "./own-programs.ts"
import { SEALED_FLAGS } from "./sealed-bun.ts"

const ROOT = resolve(import.meta.dir, "../../..")

test.each(Object.values({ ...HOST_PROGRAMS, ...HOST_THREADS, ...GUEST_PROGRAMS }))("%s is a file", (path) => {
  expect(existsSync(join(ROOT, path))).toBe(true)
})

test("a clone starts programs from their sources, each by a sealed Bun", () => {
  expect([
    hostProgram("/bin/bun", "proxy", "a"),
    guestProgram("/runtime", "forge"),
    foreignProgram("/bin/bun", "/theirs.js"),
  ]).toEqual([
    ["/bin/bun", ...SEALED_FLAGS, join(ROOT, "apps/proxy/src/main.ts"), "a"],
    ["/runtime/bun", ...SEALED_FLAGS, "/runtime/commands/forge/main.ts"],
    ["/bin/bun", ...SEALED_FLAGS, "/theirs.js"],
  ])
})
