import { expect, test } from "bun:test"
import { fileURLToPath } from "node:url"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, openCliHost, programBottle } from "../cli/cli-host.ts"

test("ten runs in one process end each by itself, and leave nothing behind: the process ends, too", async () => {
  await using host = await openCliHost()
  await host.write("bottles/short.md", bottle(["sh", "-c", "sleep 0.2"]))
  await host.write("bottles/long.md", bottle(["sh", "-c", "sleep 600"]))
  await host.write("agents/short.md", agentIn("short"))
  await host.write("agents/long.md", agentIn("long"))

  const program = fileURLToPath(new URL("./ten-runs.ts", import.meta.url))
  const { exitCode, stdout, stderr } = await runProgram([process.execPath, program, host.root], { env: {} })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" })
  const { slugs, causes, sockets, before, during, after } = JSON.parse(stdout)
  expect({ slugs, causes, sockets }).toEqual({
    slugs: 10,
    causes: ["agent", "agent", "agent", "killed", "killed", "killed", "frozen", "aborted", "aborted", "aborted"],
    sockets: [],
  })
  // The control: there was something of each kind to leave behind.
  expect([during.processes, during.files].map((left: readonly unknown[]) => left.length > 10)).toEqual([true, true])
  expect(during.timers).toBeGreaterThan(0)
  expect(after).toEqual(before)

  const listed = JSON.parse((await host.run("list", "--all", "--json")).stdout)
  expect(listed.map(({ status }: { status: string }) => status).sort()).toEqual([
    ...["ended", "ended", "ended", "ended", "ended", "ended"],
    "frozen",
    ...["killed", "killed", "killed"],
  ])
})

function bottle(argv: readonly string[]): string {
  return programBottle(argv).replace("  meters: [claude]\n", "")
}
