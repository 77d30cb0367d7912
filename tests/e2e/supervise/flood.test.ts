// An agent that floods what it may ask with: malformed and huge calls to the service, hundreds of
// requests that wait. Then the service is killed. Isolation holds, and other requests are answered.

import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import type { HostProgram } from "@bot-bottle/contracts"
import { waitFor } from "@bot-bottle/testkit"
import { runsProgram } from "../../started-program.ts"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const BOTTLE = "supervise: true\negress: { on_unlisted: ask, ask_timeout: 2s }\n"

const SCRIPT = `
const { spawnSync } = require("node:child_process")
const { connect } = require("node:net")
const SERVICE = "http://supervise.bot-bottle.internal"
const say = (key, value) => console.log("SAID " + JSON.stringify([key, value]))
const post = (path, body) =>
  fetch(SERVICE + path, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body })
    .then(({ status }) => status, () => 0)
const status = (url) => fetch(url).then(({ status }) => status, () => 0)
const reason = (url) => fetch(url).then(({ headers }) => headers.get("x-bot-bottle-reason"), () => "closed")
const listed = () => ask({ stream: false }).then(({ status }) => status)
const raw = () =>
  new Promise((resolve) => connect(443, "192.0.2.1").on("connect", () => resolve("connected")).on("error", () => resolve("closed")))

const bodies = ["{", "[" .repeat(50_000), '{"jsonrpc":"2.0","id":1,"method":"' + "x".repeat(100_000) + '"}', "a".repeat(2_000_000), "\\0\\0"]
const flood = await Promise.all(Array.from({ length: 200 }, (_, index) => post(index % 2 ? "/mcp" : "/rpc", bodies[index % bodies.length])))
say("flood", flood.every((code) => code >= 200))
const held = Array.from({ length: 300 }, (_, index) => reason("https://h" + (index % 5) + ".example.com/"))
say("listed while others wait", await listed())
say("held", [...new Set(await Promise.all(held))].sort())
say("address", await reason("http://192.0.2.1/"))
say("raw", await raw())
say("ready", true)
while (spawnSync("ask", ["status"]).status === 0) await Bun.sleep(100)
say("without the service", [await reason("https://h0.example.com/"), await listed(), await raw(), await reason("http://192.0.2.1/")])
`

test("an agent that floods its service and its proxy gains nothing, nor by the service's death", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(SCRIPT, BOTTLE))
  await host.write("agents/impl.md", agentIn("dev"))
  await using run = host.start("start", "impl", "--headless", "--prompt", "go")
  await run.untilStdout(/SAID \["ready",true\]/)
  const service = await waitFor("the ask service", () => findDescendant(run.pid, "ask-service"))
  process.kill(service, "SIGKILL")
  const { exitCode, stdout, stderr } = await run.result
  const said = stdout.split("\n").flatMap((line) => (line.startsWith("SAID ") ? [JSON.parse(line.slice(5))] : []))
  expect({ exitCode, said: Object.fromEntries(said) }).toEqual({
    exitCode: 0,
    said: {
      flood: true,
      "listed while others wait": 200,
      held: ["awaiting-approval"],
      address: "ip-literal",
      raw: "closed",
      ready: true,
      "without the service": ["awaiting-approval", 200, "closed", "ip-literal"],
    },
  })
  expect(stderr).toContain("its agent can ask nothing more; its isolation is unchanged")
})

/** The process below `ancestor` whose command line names the program. */
function findDescendant(ancestor: number, program: HostProgram): number | undefined {
  const parents = new Map<number, number>()
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = readText(`/proc/${name}/stat`)
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]))
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === ancestor || isBelow(parents.get(pid)))
  return [...parents.keys()].find((pid) => isBelow(pid) && runsProgram(readText(`/proc/${pid}/cmdline`), program))
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    // It has ended meanwhile.
    return ""
  }
}
