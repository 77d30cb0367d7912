// The recipes of docs/recipes, as far as each can be checked without its cluster. Each check must refuse a
// spoiled copy as well. tests/swarm runs the one for a Docker Swarm.

import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"

const RECIPES = fileURLToPath(new URL("../../docs/recipes/", import.meta.url))

// biome-ignore format: a table
const CHECKS = [
  // recipe                       checked by                                      spoiled by                        in place of
  ["bot-bottle-worker.service",   ["systemd-analyze", "verify", "--user", "--man=no"], "Restart=sometimes",           "Restart=always"],
  ["worker-job.kubernetes.yaml",  ["kubernetes-validate", "--strict"],            "completion: two",                "completions: 2"],
  ["ci-runner.yaml",              ["actionlint", "-no-color", "-shellcheck="],     "runs_on: self-hosted",           "runs-on: self-hosted"],
] as const

for (const [recipe, checker, spoiled, original] of CHECKS) {
  const isThere = Bun.which(checker[0]) !== null
  test.skipIf(!isThere)(`${recipe} passes ${checker[0]}${isThere ? "" : " (skipped: not installed)"}`, async () => {
    await using folder = await openTempFolder()
    const text = await Bun.file(join(RECIPES, recipe)).text()
    expect(text).toContain(original)
    const passes = async (content: string) => {
      const file = join(folder.path, recipe)
      writeFileSync(file, content)
      const checked = await runProgram([...checker, file], { env: { XDG_RUNTIME_DIR: folder.path } })
      // systemd tells of other units of the machine as well, and of a bad value without failing.
      const about = checked.stderr.split("\n").filter((line) => line.includes(recipe) && !line.startsWith("INFO"))
      return checked.exitCode === 0 && about.length === 0
    }
    expect(await passes(text)).toBe(true)
    expect(await passes(text.replace(original, spoiled))).toBe(false)
  })
}

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
