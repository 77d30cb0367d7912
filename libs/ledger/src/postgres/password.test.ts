import { expect, test } from "bun:test"
import { chmod } from "node:fs/promises"
import { openTempFolder } from "@bot-bottle/testkit"
import { findPassword } from "./password.ts"

const PLACE = { hostname: "db.example", port: 5432, database: "fleet", username: "bot" }

// biome-ignore format: a table
test.each<[string, string | undefined]>([
  // ~/.pgpass                                                          the password
  ["db.example:5432:fleet:bot:s3cret\n",                                "s3cret"],
  ["db.example:5432:fleet:bot:s3cret\r\n",                              "s3cret"],
  ["*:*:*:bot:any\n",                                                   "any"],
  ["other:5432:fleet:bot:no\n*:*:fleet:*:first\n*:*:*:*:second\n",      "first"],
  ["# a comment\n#db.example:5432:fleet:bot:no\n\n*:*:*:*:yes",         "yes"],
  ["db.example:5432:fleet:bot:a\\:b\\\\c\n",                            "a:b\\c"],
  ["db.example:5432:fleet:bot:upto:this\n",                             "upto"],
  ["db.example:5433:fleet:bot:no\n",                                    undefined],
  ["DB.EXAMPLE:5432:fleet:bot:no\n",                                    undefined],
  ["db.example:5432:fleet:bot\n",                                       undefined],
  ["",                                                                  undefined],
])("findPassword: of %j it is %j", async (text, expected) => {
  await using home = await openTempFolder()
  await Bun.write(`${home.path}/.pgpass`, text)
  await chmod(`${home.path}/.pgpass`, 0o600)
  expect(findPassword(PLACE, home.path)).toBe(expected)
})

test("findPassword: without a file there is none, and a file that others can read is refused with the fix", async () => {
  await using home = await openTempFolder()
  expect(findPassword(PLACE, home.path)).toBeUndefined()
  await Bun.write(`${home.path}/.pgpass`, "*:*:*:*:s3cret\n")
  await chmod(`${home.path}/.pgpass`, 0o640)
  expect(() => findPassword(PLACE, home.path)).toThrow(`Other users can read ${home.path}/.pgpass`)
})
