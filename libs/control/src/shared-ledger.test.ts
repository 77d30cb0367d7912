import { expect, test } from "bun:test"
import { openTempFolder } from "@bot-bottle/testkit"
import { openHostLedger } from "./open-host-ledger.ts"
import { findSharedLedger } from "./shared-ledger.ts"

const URL = "postgres://bot@db.example/fleet"

// biome-ignore format: a table
test.each([
  // settings.yml                                    variables                                   the ledger
  ["",                                               {},                                         undefined],
  ["ledger: sqlite\n",                               {},                                         undefined],
  [`ledger: ${URL}\n`,                               {},                                         { url: URL }],
  [`ledger: ${URL}\nledger_token_ref: DB_PASSWORD\n`, { DB_PASSWORD: "s3cret" },                 { url: URL, password: "s3cret" }],
  [`ledger: ${URL}\n`,                               { BOT_BOTTLE_LEDGER: "sqlite" },            undefined],
  ["",                                               { BOT_BOTTLE_LEDGER: URL },                 { url: URL }],
] as const)("findSharedLedger: settings %j and variables %j", async (settings, variables, expected) => {
  await using host = await hostWith(settings)
  const found = findSharedLedger(host.env(variables))
  const shown = found && { url: found.url, ...(found.password && { password: found.password }) }
  expect(shown as unknown).toEqual(expected)
})

test("findSharedLedger: a ledger_token_ref whose variable is not set is an error, and opens nothing", async () => {
  await using host = await hostWith(`ledger: ${URL}\nledger_token_ref: DB_PASSWORD\n`)
  expect(() => findSharedLedger(host.env({}))).toThrow("the shared ledger's password is not there: DB_PASSWORD")
})

test("openHostLedger: an address that is not one is named, and nothing is opened", async () => {
  await using host = await hostWith("")
  const env = { ...host.env({ BOT_BOTTLE_LEDGER: "postgres//bot@db.example" }), cwd: "/", path: "", operator: "ann" }
  await expect(openHostLedger({ env, notify: () => {} })).rejects.toThrow("The address of the shared ledger is invalid")
})

async function hostWith(settings: string) {
  const folder = await openTempFolder()
  if (settings !== "") await Bun.write(`${folder.path}/settings.yml`, settings)
  const env = (variables: Readonly<Record<string, string>>) => {
    const find = (name: string) => variables[name]
    return { root: folder.path, find, findSecret: find }
  }
  return { env, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}
