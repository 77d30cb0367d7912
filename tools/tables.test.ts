// Every command that prints a table is a screen of tests/e2e/newcomer/widths.test.ts, which looks at it in narrow
// terminals.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { importsOf, loadSources, ROOT } from "./sources.ts"

const WIDTHS = "tests/e2e/newcomer/widths.test.ts"
/** By file, where the command is not the first word of its name. */
const COMMAND_OF: Readonly<Record<string, readonly string[]>> = {
  "doctor-probe": ["doctor", "--probe"],
  "orchestrate-status": ["orchestrate", "status"],
  "manifest-table": ["info"],
  "show-questions": ["supervise"],
}

test("every command with a table is looked at in narrow terminals", async () => {
  const screens = await Bun.file(join(ROOT, WIDTHS)).text()
  const files = (await loadSources("apps"))
    .filter(({ forTests, text }) => !forTests && importsOf(text).some((path) => path.endsWith("/table.ts")))
    .map(({ path }) => path)
  expect(files.length).toBeGreaterThan(5)
  const commandOf = (path: string) => {
    const name = path.replace(/^.*\/|\.ts$/g, "")
    return COMMAND_OF[name] ?? [name]
  }
  const missing = files.filter(
    (path) => !screens.includes(JSON.stringify(commandOf(path)).slice(0, -1).replaceAll(",", ", ")),
  )
  expect(missing).toEqual([])
})
