import { expect, test } from "bun:test"
import { namesPassword } from "./system-root.ts"

// biome-ignore format: a table
test.each([
  ["<settings><servers/></settings>",                                           false],
  ["<settings><!-- <password>example</password> --></settings>",                false],
  ["<!-- a -->\n<server>\n<password>s3cret</password></server>\n<!-- b -->",    true],
  ["<server><passphrase>x</passphrase></server>",                               true],
  ["<server><privateKey>/home/a/.ssh/id</privateKey></server>",                 true],
] as const)("Maven's settings are kept from a bottle where they name a password: %j", (settings, named) => {
  expect(namesPassword(settings)).toBe(named)
})
