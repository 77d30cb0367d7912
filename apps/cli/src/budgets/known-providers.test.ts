import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { HostId, Run } from "@bot-bottle/contracts"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { openTempFolder } from "@bot-bottle/testkit"
import { checkProvider } from "./known-providers.ts"

// biome-ignore format: a table
test.each([
  // provider       known from
  ["claude",        "this build"],
  ["usd",           "this build: money is budgeted as a provider is"],
  ["a-plugin",      "the operator's plugins"],
  ["of-a-run",      "a run that metered it, its plugin gone"],
  ["of-a-manifest", "a limit that a manifest declares"],
] as const)("a budget can be set for '%s', of %s", async (name) => {
  await using folder = await openTempFolder()
  expect(await checkProvider(name, sourcesIn(folder.path))).toBe(name)
})

// biome-ignore format: a table
test.each([
  // provider  why
  ["clade",    "a misspelled name would never count"],
  ["command",  "it meters nothing of its own"],
] as const)("no budget can be set for '%s': %s", async (name) => {
  await using folder = await openTempFolder()
  await expect(checkProvider(name, sourcesIn(folder.path))).rejects.toThrow(`unknown provider '${name}'`)
})

function sourcesIn(root: string) {
  mkdirSync(join(root, "contrib/a-plugin"), { recursive: true })
  writeFileSync(join(root, "contrib/a-plugin/provider.ts"), "")
  const run: Run = { ...sampleRun("run-00000", { meters: ["of-a-run"] }), host: "here" as HostId }
  return {
    root,
    ledger: { listRuns: async () => [run] },
    declared: [{ provider: "of-a-manifest" }],
  }
}
