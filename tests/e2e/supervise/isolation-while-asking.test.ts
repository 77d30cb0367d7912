// Isolation holds whether the agent may ask its operator or not. The suites of the attacks and of
// the egress run once more in each state that asking can be in. Their tests are the same; only their
// proxies differ (apps/proxy/src/testing/supervise-state.ts).
//
//   unanswered  the bottle asks about hosts, and no operator answers
//   flooded     the bottle asks about hosts and matches, and the run has used up its questions
//   broken      the same, with no table for questions in the ledger, and no process behind the name
//   granted     every route that a grant can give comes from the ledger, by an operator's answer

import { expect, test } from "bun:test"
import { resolve } from "node:path"
import { runProgram } from "@bot-bottle/testkit"

const ROOT = resolve(import.meta.dir, "../../..")
/** Ten seconds of work; a machine that is shared may take long over them. */
const STATE_MS = 400_000

const GRANTABLE = [
  "attacks/answers",
  "attacks/bodies",
  "attacks/sessions",
  "egress/addresses",
  "egress/dlp",
  "egress/names",
  "egress/tunnels",
  "egress/upstreams",
]
/** No grant counts here: the provider fetches for the bottle's own hosts only, and a reload takes no grant. */
const OWN_ROUTES = ["egress/server-tools", "transparent/isolation"]

// biome-ignore format: a table
test.each([
  // state       suites                              at least so many tests
  ["unanswered", [...GRANTABLE, ...OWN_ROUTES],      200],
  ["flooded",    [...GRANTABLE, ...OWN_ROUTES],      200],
  ["broken",     [...GRANTABLE, ...OWN_ROUTES],      200],
  ["granted",    [...GRANTABLE, "attacks/wire"],     300],
] as const)("isolation holds while asking is %s", async (state, suites, least) => {
  const { passed, failed, skipped, output } = await runSuites(state, suites)
  expect(failed === 0 && skipped === 0 ? "" : output).toBe("")
  expect(passed).toBeGreaterThan(least)
}, STATE_MS)

test("the suites do see the state: one that does not exist fails them all", async () => {
  const { passed, failed } = await runSuites("no-such-state", ["egress/addresses"])
  expect([passed, failed > 0]).toEqual([expect.any(Number), true])
})

async function runSuites(state: string, suites: readonly string[]) {
  const files = suites.map((suite) => `./tests/isolation/${suite}.test.ts`)
  const argv = [process.execPath, "test", "--timeout", "180000", "--only-failures", ...files]
  const env = { BOT_BOTTLE_TEST_SUPERVISE: state, BOT_BOTTLE_TEST_DEADLINE_MS: "15000", CI: "true" }
  const { stderr } = await runProgram(argv, { cwd: ROOT, env, deadlineMs: STATE_MS })
  const count = (what: string) => Number(new RegExp(`^\\s*(\\d+) ${what}$`, "m").exec(stderr)?.[1] ?? 0)
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip"), output: stderr }
}
