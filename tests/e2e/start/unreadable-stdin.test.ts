// A headless run whose stdin cannot be read to its end. The run ends with an error that names it:
// its agent must not take a part for the whole.

import { expect, test } from "bun:test"
import { startProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { openLifecycleHost, REQUEST_TOKENS } from "../lifecycle/lifecycle-host.ts"

const DEADLINE_MS = 60_000
/** Spends once, then takes its input to the end. */
const READER = `
  console.log("first", (await ask()).status);
  for await (const line of console) console.log("took", line);
  console.log("whole");
`

test(
  "a stdin that fails in the middle ends the run; its requests are settled and charged",
  async () => {
    await using host = await openLifecycleHost(READER)
    using link = openLink()
    // Closing a connection that holds something unread resets it.
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${link.port}; echo unread >&3`
    const start = `exec ${CLI[0]} start impl --headless --prompt x <&3`
    await using run = startProgram(["bash", "--norc", "-c", `${connect}; ${start}`], { cwd: host.cwd, env: host.env })
    await run.untilStdout(/first 200/)
    const far = await link.opened
    far.write("a part\n")
    await run.untilStdout(/took a part/)
    far.terminate()

    const { exitCode, stdout, stderr } = await run.result
    expect([exitCode, stdout]).toEqual([1, "first 200\ntook a part\n"])
    expect(stderr).toContain("bot-bottle: error: standard input cannot be read (ECONNRESET), so the run was ended\n")
    expect(stderr).toContain("bot-bottle: session ended (exit 1)\n")
    const { slug, status, exitCode: recorded, endReason } = await host.loadRun()
    expect({ status, recorded, endReason }).toEqual({ status: "ended", recorded: 1, endReason: "interrupted" })
    expect(await host.ledger.usage({ by: "run", slug })).toMatchObject([{ requests: 1, chargedTokens: REQUEST_TOKENS }])
  },
  DEADLINE_MS,
)

test.each([
  ["</dev/null", "empty"],
  ["<&-", "closed"],
  ["0>/dev/null", "open for writing only, as nohup leaves it"],
])(
  "with %s the agent's input is empty: %s",
  async (stdin) => {
    await using host = await openLifecycleHost(READER)
    const start = `exec ${CLI[0]} start impl --headless --prompt x ${stdin}`
    await using run = startProgram(["bash", "--norc", "-c", start], { cwd: host.cwd, env: host.env })
    const { exitCode, stdout } = await run.result
    expect([exitCode, stdout]).toEqual([0, "first 200\nwhole\n"])
  },
  DEADLINE_MS,
)

/** The other end of a connection, which reads nothing. */
function openLink() {
  const opened = Promise.withResolvers<Bun.Socket>()
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.pause()
        opened.resolve(socket)
      },
      data() {},
    },
  })
  return { port: server.port, opened: opened.promise, [Symbol.dispose]: () => server.stop(true) }
}
