import { expect, test } from "bun:test"
import type { Client } from "./client.ts"
import { ANSWER } from "./far-host.ts"
import { findRow, judge, renderRow, withRows } from "./table.ts"

const CLIENT: Client = { name: "c", does: "GET", script: "" }

// biome-ignore format: a table
test.each([
  // listed                 unlisted                                                               row
  [`x ${ANSWER}`,           "other.example.org is not on this bottle's list of hosts.",            ["works", "says why"]],
  [ANSWER,                  "curl: (56) CONNECT tunnel failed, response 403",                      ["works", "says 403"]],
  [ANSWER,                  "getaddrinfo ENOTFOUND other.example.org",                             ["works", "no such name"]],
  [ANSWER,                  "Connection error.",                                                   ["works", "an error"]],
  ["certificate problem",   "Forbidden",                                                           ["FAILS", "says 403"]],
  [ANSWER,                  `200 ${ANSWER}`,                                                       ["works", "ANSWERED"]],
] as const)("of %j and %j the row says %j", (listed, unlisted, expected) => {
  const row = judge(CLIENT, { listed, unlisted })
  expect([row.listed, row.unlisted]).toEqual([...expected])
})

test("a client that is known to fail says why", () => {
  expect(judge({ ...CLIENT, fails: "needs HTTP/2" }, { listed: "", unlisted: "" }).listed).toBe("needs HTTP/2")
})

test("rows of a document are replaced, kept, dropped and ordered, and the text around stays", () => {
  const head = "| client | what is tried | a listed host | an unlisted host |\n|---|---|---|---|"
  const document = `# T\n\n${head}\n| gone | x | works | an error |\n| kept | x | works | an error |\n| old | x | works | an error |\n\nAfter.\n`
  const rows = [
    { client: "old", does: "GET", listed: "works", unlisted: "says why" },
    { client: "new", does: "GET", listed: "works", unlisted: "says 403" },
  ] as const
  const changed = withRows(document, ["new", "old", "kept"], rows)
  expect(changed).toBe(
    `# T\n\n${head}\n| new | GET | works | says 403 |\n| old | GET | works | says why |\n| kept | x | works | an error |\n\nAfter.\n`,
  )
  expect(findRow(changed, "old")).toBe(renderRow(rows[0]))
  expect(findRow(changed, "gone")).toBeUndefined()
})
