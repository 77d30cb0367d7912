import { expect, test } from "bun:test"
import { closeSync, constants, openSync } from "node:fs"
import { join } from "node:path"
import { SHUTDOWN_LINE, sealedBun } from "@bot-bottle/contracts"
import { openTempFolder, runProgram, startProgram, waitFor } from "@bot-bottle/testkit"

const SERVICE = sealedBun(process.execPath, join(import.meta.dir, "testing/sample-service.ts"))
/** As the sample has it. */
const LONG = 8_000_000
const OPENED = '{"kind":"opened"}\n{"kind":"ready"}\n'
const BY_HAND = `"hint":"'bot-bottle start' starts it; do not start it by hand"`

// biome-ignore format: a table
test.each([
  // stdin                    exit  reports                                                                                  on its stderr
  [`{}\n${SHUTDOWN_LINE}`,    0,    OPENED,                                                                                  "closed"],
  ["{}\n",                    0,    OPENED,                                                                                  "orphaned closed"],
  [`{}\nlater\n`,             0,    OPENED,                                                                                  "orphaned closed"],
  [`{}\nleave`,               0,    OPENED,                                                                                  "orphaned closed"],
  [`{breaks}\n${SHUTDOWN_LINE}`, 1, `${OPENED}{"kind":"failed","message":"it cannot be written"}\n`,                         "closed"],
  ["{throws}\n",              1,    '{"kind":"failed","message":"the port is taken","hint":"choose another"}\n',             undefined],
  ["",                        1,    `{"kind":"failed","message":"the sample received no configuration on its stdin",${BY_HAND}}\n`, undefined],
  ["{} without its end",      1,    `{"kind":"failed","message":"the sample received no configuration on its stdin",${BY_HAND}}\n`, undefined],
  ["nonsense\n",              1,    `{"kind":"failed","message":"the configuration of the sample is invalid: it is not JSON",${BY_HAND}}\n`, undefined],
] as const)("a service whose stdin is %j", async (stdin, exitCode, reports, notes) => {
  const ended = await runProgram(SERVICE, { stdin })
  const said = notes === undefined ? "" : ["TypeError: a detail", "on ready", ...notes.split(" "), ""].join("\n")
  expect({ ...ended }).toMatchObject({ exitCode, stdout: reports, stderr: said })
})

test.each([
  ["{long}", 0, ""],
  ["{long, and breaks}", 1, '{"kind":"failed","message":"it cannot be written"}\n'],
] as const)("a report leaves before the service, however long it is: %s", async (config, exitCode, last) => {
  const ended = await runProgram(SERVICE, { stdin: `${config}\n${SHUTDOWN_LINE}` })
  const reports = `${OPENED}{"kind":"${"x".repeat(LONG)}"}\n${last}`
  expect([ended.exitCode, ended.stdout === reports]).toEqual([exitCode, true])
})

test("a service whose reports nobody reads any more is closed like any other", async () => {
  const script = `printf '{long}\n' | "$@" | true; echo "\${PIPESTATUS[1]}"`
  const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script, "bash", ...SERVICE])
  expect([stdout, stderr]).toEqual(["0\n", "TypeError: a detail\non ready\norphaned\nclosed\n"])
})

test.each(["SIGTERM", "SIGINT"] as const)(
  "a launcher that takes nothing keeps no service that %s ends",
  async (signal) => {
    await using folder = await openTempFolder()
    const pipe = join(folder.path, "pipe")
    await runProgram(["mkfifo", pipe])
    // Its reader, which never reads.
    const held = openSync(pipe, constants.O_RDWR)
    await using service = startProgram(["sh", "-c", `exec "$@" >"$0"`, pipe, ...SERVICE])
    service.write("{long}\n")
    await waitFor("the service to be ready", () => service.stderr.includes("on ready"))
    service.kill(signal)
    const { exitCode, stderr } = await service.result
    closeSync(held)
    expect([exitCode, stderr]).toEqual([0, "TypeError: a detail\non ready\nclosed\n"])
  },
  30_000,
)

test.each(["SIGTERM", "SIGINT"] as const)("%s is an order to leave, and leaves once", async (signal) => {
  await using service = startProgram(SERVICE)
  service.write("{}\n")
  await service.untilStdout(/ready/)
  service.kill(signal)
  service.kill(signal)
  const { exitCode, stderr } = await service.result
  expect([exitCode, stderr]).toEqual([0, "TypeError: a detail\non ready\nclosed\n"])
})
