import { expect, test } from "bun:test"
import { join } from "node:path"

// biome-ignore format: a table
test.each([
  // orders                                                      reports
  ["hello\n",                                                    [{ kind: "failed", why: "it is not valid JSON" }]],
  ['{"kind":"guard"}\n',                                         [{ kind: "failed", why: "'root' is missing" }]],
  ['{"kind":"bottle","processes":["1"]}\n',                      [{ kind: "failed", why: "'processes.0' is invalid: expected a process identity" }]],
  ['{"kind":"bottle","processes":[]}\n{"kind":"other"}\n',       [{ kind: "failed", why: `'kind' is invalid: expected ("guard" | "bottle")` }]],
  ["",                                                           []],
] as const)("a guard that cannot read an order says so, touches nothing and ends: %j", async (orders, reports) => {
  const guard = Bun.spawn([process.execPath, join(import.meta.dir, "guard.ts")], {
    stdin: Buffer.from(orders),
    stdout: "pipe",
    stderr: "pipe",
  })
  const [stdout, stderr, exitCode] = await Promise.all([guard.stdout.text(), guard.stderr.text(), guard.exited])
  const lines = stdout.split("\n").slice(0, -1)
  expect({ exitCode, stderr, reports: lines.map((line) => JSON.parse(line)) }).toEqual({
    exitCode: 0,
    stderr: "",
    reports: [...reports],
  })
})
