// The PATH that a typed command leaves us, by the folder it is typed in.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { sealPath, UNSEALING_VARIABLES } from "./seal-start.ts"

const HOME = "/home/ada"

// biome-ignore format: a table
test.each([
  // folder                repositories                  PATH                                              left of it
  ["/home/ada",            [],                           "/usr/bin:/bin",                                  "/usr/bin:/bin"],
  ["/home/ada/shop",       ["/home/ada/shop"],           "/home/ada/shop/.venv/bin:/usr/bin",              "/usr/bin"],
  ["/home/ada/shop/src/a", ["/home/ada/shop"],           "/home/ada/shop/bin:/usr/bin",                    "/usr/bin"],
  ["/home/ada/a/b",        ["/home/ada/a/b", "/home/ada/a"], "/home/ada/a/bin:/usr/bin",                   "/usr/bin"],
  ["/home/ada/shop",       [],                           "/home/ada/shop/bin:/usr/bin",                    "/usr/bin"],
  ["/home/ada/shop",       ["/home/ada"],                "/home/ada/.local/bin:/usr/bin",                  "/home/ada/.local/bin:/usr/bin"],
  ["/home/ada",            ["/home/ada"],                "/home/ada/.local/bin:/usr/bin",                  "/home/ada/.local/bin:/usr/bin"],
  ["/",                    [],                           "/usr/bin",                                       "/usr/bin"],
  ["/home/ada",            [],                           ".:bin::/usr/bin:",                               "/usr/bin"],
  ["/home/ada",            [],                           "/opt/x/node_modules/.bin:/usr/bin",              "/usr/bin"],
  ["/home/ada",            [],                           "",                                               "/usr/local/bin:/usr/bin:/bin"],
  ["/home/ada",            [],                           ".",                                              "/usr/local/bin:/usr/bin:/bin"],
] as const)("INV-49: in %s, with repositories %j, PATH %s becomes %s", (folder, repositories, path, left) => {
  const exists = (one: string) => repositories.some((repository) => one === `${repository}/.git`)
  const sealed = sealPath({ folder, home: HOME, path, exists })
  // A process that starts again because of it must find nothing to change.
  expect([sealed, sealPath({ folder, home: HOME, path: sealed, exists })]).toEqual([left, left])
})

test("INV-49: the launcher unsets the same variables", () => {
  const launcher = readFileSync(resolve(import.meta.dir, "../../bin/bot-bottle"), "utf8")
  const unset = /\nunset ((?:.*\\\n)*.*)\n/.exec(launcher)?.[1] ?? ""
  expect(unset.split(/[\s\\]+/)).toEqual([...UNSEALING_VARIABLES])
})
