// A stop that comes while an orchestrator or a worker waits: it leaves at once, and says nothing of a failure.

import { describe, expect, test } from "bun:test"
import { within } from "@bot-bottle/testkit"
import { openForgeHost } from "./forge-host.ts"
import { openSlowForge } from "./slow-forge.ts"

const SERVE = ["orchestrate", "serve", "--listen", "127.0.0.1:0"]
/** How long each is waited for. A stop that waited as well would come after it. */
const WAITS_MS = { ledger: 3_000, forge: 30_000 } as const
const CASES = [
  { what: "serve, for the database", argv: SERVE, silent: "ledger" },
  { what: "serve, for the forge", argv: SERVE, silent: "forge" },
  { what: "a worker, for the database", argv: ["worker"], silent: "ledger" },
  {
    what: "a worker that keeps issues, for the database",
    argv: ["worker", "--repo", "acme/widgets"],
    silent: "ledger",
  },
] as const

describe.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", (signal) => {
  test.each(CASES)("$what", async ({ argv, silent }) => {
    const asked = Promise.withResolvers<void>()
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: () => asked.resolve() },
    })
    const at = `127.0.0.1:${server.port}`
    const env =
      silent === "forge"
        ? { FORGE_GITEA_API: `http://${at}/api/v1` }
        : { BOT_BOTTLE_LEDGER: `postgres://ada@${at}/fleet` }
    await using host = await openForgeHost("exit 0", { env })
    await using program = host.cli.start(...argv)
    await within("a connection to what stays silent", asked.promise, { describe: () => program.stderr })
    const askedAtMs = performance.now()
    program.kill(signal)
    const { exitCode, stderr } = await program.result
    const tookMs = performance.now() - askedAtMs
    expect({ exitCode, hasWaited: tookMs >= WAITS_MS[silent] }).toEqual({ exitCode: 0, hasWaited: false })
    expect(stderr).not.toContain("error")
  })
})

test("a look that waits for the forge keeps an orchestrator for some seconds only", async () => {
  await using slow = openSlowForge()
  await using host = await openForgeHost("exit 0")
  const hangs = slow.hangAt(/\/issues\/\d+$/, new Promise(() => {}))
  host.addIssue()
  await using program = host.cli.start(...SERVE, "--api", slow.before(host.gitea.api))
  await hangs
  program.kill("SIGTERM")
  const { exitCode, stdout } = await program.result
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("leaving; running runs are not ended")])
}, 20_000)
