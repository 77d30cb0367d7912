import { expect, test } from "bun:test"
import { askNobody, type ControlEvent, start } from "@bot-bottle/control"
import { identifyProcess, listDescendants } from "@bot-bottle/kernel"
import { agentIn, openCliHost, programBottle } from "../cli/cli-host.ts"

test("INV-46: an error while a run is announced ends its bottle and its proxy, and the run", async () => {
  await using host = await openCliHost()
  await host.write("bottles/long.md", programBottle(["sh", "-c", "sleep 600"]).replace("  meters: [claude]\n", ""))
  await host.write("agents/long.md", agentIn("long"))
  const self = identifyProcess(process.pid)!
  const before = listDescendants(self)
  let during = 0
  const notify = (event: ControlEvent) => {
    if (event.kind !== "run-started") return
    during = listDescendants(self).length - before.length
    throw new Error("the dashboard is broken")
  }
  const env = {
    root: host.root,
    cwd: host.cwd,
    path: Bun.env["PATH"]!,
    operator: "tester",
    find: () => undefined,
    findSecret: () => undefined,
  }
  const started = start(
    { env, notify, describe: () => [] },
    { agent: "long", agentArguments: [], headless: true, prompt: "x" },
    { ask: askNobody, confirm: "given", mode: { kind: "background" }, signal: new AbortController().signal },
  )
  await expect(started).rejects.toThrow("the dashboard is broken")
  // The control: there was something to end.
  expect(during).toBeGreaterThan(1)
  expect(listDescendants(self)).toEqual(before)
  expect([...new Bun.Glob("state/*/session.sock").scanSync({ cwd: host.root, onlyFiles: false })]).toEqual([])
  const [run] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
  expect([run.status, run.end_reason]).toEqual(["ended", "interrupted"])
})
