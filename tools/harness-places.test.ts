// The places of a harness that no type holds to the registry: docs/changing-things.md names them.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { listProviders } from "@bot-bottle/providers"
import { ROOT } from "./sources.ts"

const read = (path: string) => Bun.file(join(ROOT, path)).text()
const HARNESSES = listProviders().filter(({ toolchain }) => toolchain !== undefined)

test("harnesses are found", () => {
  expect(HARNESSES.length).toBeGreaterThan(2)
})

test.each(HARNESSES.map(({ name, skillsFolder }) => [name, skillsFolder?.split("/")[0] ?? `.${name}`]))(
  "%s: no agent changes its folder %s, the manual has its row, and the real program has its test",
  async (name, folder) => {
    expect(await read("libs/workspace/src/names/protected-names.ts")).toContain(`name: "${folder}"`)
    expect(await read("docs/providers.md")).toContain(`| \`${name}\` |`)
    expect(await read("docs/manifests.md")).toContain(`\`${name}\``)
    expect(existsSync(join(ROOT, `tests/agents/${name}.test.ts`))).toBe(true)
  },
)
