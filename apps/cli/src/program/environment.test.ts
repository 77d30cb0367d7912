// Every variable that a command looks up by name is one that the reference explains.

import { expect, test } from "bun:test"
import { resolve } from "node:path"
import { Glob } from "bun"
import { VARIABLES } from "./environment.ts"

/** The system's own; nothing is special about what we take from them. */
const SYSTEM = [
  "HOME",
  "PATH",
  "PWD",
  "USER",
  "LOGNAME",
  "TERM",
  "COLORTERM",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "COLORFGBG",
  "TMPDIR",
]
/** From one process of ours to another. */
const INTERNAL = ["FORGE_LAUNCH_ID"]

test("the table names every variable that the sources look up", async () => {
  const folder = resolve(import.meta.dir, "..")
  const texts = await Promise.all(
    [...new Glob("**/*.ts").scanSync(folder)]
      .filter((path) => !path.endsWith(".test.ts"))
      .map((path) => Bun.file(resolve(folder, path)).text()),
  )
  const looked = texts.flatMap((text) => [...text.matchAll(/\bfind\("([A-Z_]+)"\)/g)].map(([, name = ""]) => name))
  expect(looked.length).toBeGreaterThan(5)
  const known = [...SYSTEM, ...INTERNAL, ...VARIABLES.flatMap(({ name }) => name.replace(/=.*/, "").split(", "))]
  expect([...new Set(looked)].filter((name) => !known.includes(name))).toEqual([])
})
