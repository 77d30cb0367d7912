// The recipes of docs/recipes, as far as each can be checked without its cluster: systemd's own
// check, a shell's, and the shape of the YAML files. No test runs a Swarm or a Kubernetes.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const RECIPES = fileURLToPath(new URL("../../docs/recipes/", import.meta.url))
const hasSystemd = Bun.which("systemd-analyze") !== null

test.skipIf(!hasSystemd)("the systemd unit passes systemd's own check", async () => {
  const unit = join(RECIPES, "bot-bottle-worker.service")
  const checked = Bun.spawn(["systemd-analyze", "verify", "--user", "--man=no", unit], {
    env: { PATH: process.env["PATH"] ?? "", XDG_RUNTIME_DIR: RECIPES },
    stdout: "pipe",
    stderr: "pipe",
  })
  const said = await new Response(checked.stderr).text()
  expect({
    exitCode: await checked.exited,
    about: said.split("\n").filter((line) => line.includes("bot-bottle-worker")),
  }).toEqual({
    exitCode: 0,
    about: [],
  })
})

test("the Swarm recipe is a shell script, and asks for a replicated job", async () => {
  const script = join(RECIPES, "worker-swarm.sh")
  expect(await Bun.spawn(["sh", "-n", script]).exited).toBe(0)
  expect(await Bun.file(script).text()).toContain("--mode replicated-job")
})

test.each([
  ["worker-job.kubernetes.yaml", ["apiVersion", "kind", "metadata", "spec"]],
  ["ci-runner.yaml", ["name", "on", "jobs"]],
] as const)("%s is YAML with the keys of its kind", async (name, keys) => {
  const read = Bun.YAML.parse(await Bun.file(join(RECIPES, name)).text()) as Record<string, unknown>
  expect(Object.keys(read)).toEqual([...keys])
})

test.each([["bot-bottle-worker.service"], ["worker-swarm.sh"], ["worker-job.kubernetes.yaml"], ["ci-runner.yaml"]])(
  "%s names only commands and flags that bot-bottle has",
  async (name) => {
    const text = await Bun.file(join(RECIPES, name)).text()
    const flags = [...text.matchAll(/--(?:once|labels|headless|prompt|enqueue|wants)\b/g)].map(([flag]) => flag)
    const help = await helpOf(text.includes("--enqueue") ? "start" : "worker")
    expect(flags.filter((flag) => !help.includes(flag))).toEqual([])
    expect(flags.length).toBeGreaterThan(0)
  },
)

async function helpOf(command: string): Promise<string> {
  const cli = fileURLToPath(import.meta.resolve("bot-bottle/bin/bot-bottle"))
  return await new Response(Bun.spawn([cli, command, "--help"], { stdout: "pipe" }).stdout).text()
}
