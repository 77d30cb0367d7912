// Security cases 1 to 19, 28 and 29 over the wire, as anyone inside a bottle could try them.
// The suite under wire/ knows nothing of the proxy it is tried on.

import { beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import { runInNamespace } from "./wire/namespace.ts"
import { type Score, SUITE } from "./wire/suite.ts"

let score: Score

beforeAll(async () => {
  const main = join(import.meta.dir, "wire/main.ts")
  const { stdout, stderr } = await runInNamespace([process.execPath, main, "--inside", "--json"])
  if (!stdout.startsWith("{")) throw new Error(`The suite did not run:\n${stderr}`)
  score = JSON.parse(stdout)
}, 120_000)

for (const [index, { title, controls, attacks }] of SUITE.entries()) {
  test.each(controls.map(({ what }, at) => [what, at] as const))(`${title}: control: %s`, (_what, at) => {
    expect(score.classes[index]?.controls[at]?.held).toBe(true)
  })
  test.each(attacks.map(({ case: number, what }, at) => [number, what, at] as const))(
    `${title}: case %d: %s is refused`,
    (_number, _what, at) => {
      expect(score.classes[index]?.attacks[at]?.outcome).toBe("refused")
    },
  )
}
