// How the proxy's process begins, and how it refuses to.

import { expect, test } from "bun:test"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRunFolders, route, startProxyProcess, testConfig } from "@bot-bottle/proxy/testing"
import { ask, REAL_KEY, startWorld } from "./proxy-world.ts"

test("INV-45: ready means that the next connection is served", async () => {
  await using world = await startWorld()
  using connection = await world.open()
  connection.send(ask())
  expect((await connection.readResponse())?.status).toBe(200)
  expect(world.proxy.reports).toEqual([{ kind: "ready" }])
})

const ENOUGH = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" }

test.each([
  ["not told how many requests at once", {}, "BUN_CONFIG_MAX_HTTP_REQUESTS"],
  ["given a proxy variable", { ...ENOUGH, https_proxy: "http://127.0.0.1:1" }, "https_proxy"],
] as const)("a proxy that is %s says so and leaves", async (_what, env, named) => {
  await using folders = await createRunFolders()
  await using proxy = startProxyProcess(testConfig(folders.paths, {}), env)
  expect(await proxy.first).toMatchObject({
    kind: "failed",
    message: expect.stringContaining(named),
    hint: expect.any(String),
  })
  expect([await proxy.exited, existsSync(proxy.frontPath)]).toEqual([1, false])
})

// biome-ignore format: a table
test.each([
  // line                                                         problem
  ["\n",                                                          "it is not valid JSON"],
  [`{"slug":"${REAL_KEY}\n`,                                      "it is not valid JSON"],
  ["{}\n",                                                        "it names no protocol version"],
  ['{"protocol":99}\n',                                           "it uses protocol version 99"],
  ['{"protocol":1}\n',                                            "'routes' is missing"],
  [`{"protocol":1,"routes":[{"secret":"${REAL_KEY}"}]}\n`,        "'routes.0.host' is missing"],
] as const)("a configuration that no launcher of this build sends fails the start, and is not quoted: %j", async (line, problem) => {
  await using proxy = startProxyProcess(line, ENOUGH)
  const report = await proxy.first
  expect(report).toMatchObject({ kind: "failed", message: expect.stringContaining(problem) })
  expect(JSON.stringify(report)).not.toContain(REAL_KEY)
  expect(await proxy.exited).toBe(1)
})

test("stdin that ends before the configuration does fails the start", async () => {
  await using proxy = startProxyProcess('{"slug"', ENOUGH)
  proxy.closeStdin()
  expect(await proxy.first).toMatchObject({
    kind: "failed",
    message: "the proxy received no configuration on its stdin",
  })
  expect(await proxy.exited).toBe(1)
})

test("an invalid ledger fails the start with a hint, and nothing listens", async () => {
  await using folders = await createRunFolders()
  const ledgerPath = `${folders.paths.ledgerPath}-broken`
  writeFileSync(ledgerPath, "this is not a database, and long enough to be taken for one ".repeat(100), { mode: 0o600 })
  await using proxy = startProxyProcess(testConfig({ ...folders.paths, ledgerPath }, { routes: [route("a.example")] }))
  expect(await proxy.first).toMatchObject({ kind: "failed", message: expect.any(String), hint: expect.any(String) })
  expect([await proxy.exited, existsSync(proxy.frontPath)]).toEqual([1, false])
})

test("INV-41: the real key is in the process's memory only", async () => {
  await using world = await startWorld()
  using connection = await world.open()
  connection.send(ask())
  await connection.readResponse()
  // Control: the provider did get it.
  expect(world.provider.received[0]?.headers["x-api-key"]).toBe(REAL_KEY)
  const seen = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${world.proxy.pid}/${name}`, "latin1"))
  const { guestShare } = world.config
  const files = [...new Bun.Glob("**/*").scanSync({ cwd: `${guestShare}/..`, absolute: true, dot: true })].map((path) =>
    readFileSync(path, "latin1"),
  )
  expect(files.length).toBeGreaterThan(4)
  expect([...seen, ...files, world.proxy.stderr()].filter((text) => text.includes(REAL_KEY))).toEqual([])
})
