// `--backend docker` on a host whose engine does not answer, or that has none: said before
// anything is created, with the way to continue. Never a run without isolation.

import { expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "./cli-host.ts"

const NO_ENGINE = { DOCKER_HOST: "unix:///nonexistent/docker.sock" }

test.each([
  ["the flag", "", ["--backend", "docker"]],
  ["settings.yml", "backend: docker\n", []],
])("INV-44: docker by %s and no engine: exit 3, a hint to use bwrap, nothing created", async (_, settings, flags) => {
  await using host = await openCliHost({ settings, env: NO_ENGINE })
  await host.write("bottles/dev.md", scriptBottle("console.log('ran')"))
  await host.write("agents/impl.md", agentIn("dev"))
  const start = (...more: readonly string[]) => host.run("start", "impl", "--headless", "--prompt", "go", ...more)

  const refused = await start(...flags)
  expect({ exitCode: refused.exitCode, stdout: refused.stdout }).toEqual({ exitCode: 3, stdout: "" })
  expect(refused.stderr).toContain("bot-bottle: error: No isolation available: ")
  expect(refused.stderr).toContain("--backend bwrap")
  const state = join(host.root, "state")
  const runs = existsSync(state) ? readdirSync(state).filter((name) => !name.startsWith(".")) : []
  const listed = JSON.parse((await host.run("list", "--all", "--json")).stdout)
  expect({ runs, listed }).toEqual({ runs: [], listed: [] })
  // The hint is true.
  expect(await start("--backend", "bwrap")).toMatchObject({ exitCode: 0, stdout: "ran\n" })
})

test("doctor: an engine that is not there is a note, and stops launches only when settings choose it", async () => {
  await using host = await openCliHost({ env: NO_ENGINE })
  await host.write("bottles/dev.md", scriptBottle(""))
  const lookAt = async () => {
    const { exitCode, stdout } = await host.run("doctor", "--json")
    const { checks } = readJson(stdout, { checks: [{ check: "string", state: "string" }] })
    return { exitCode, docker: checks.find(({ check }) => check === "docker")?.state }
  }
  expect(await lookAt()).toEqual({ exitCode: 0, docker: "note" })
  await host.write("settings.yml", "backend: docker\n")
  expect(await lookAt()).toEqual({ exitCode: 3, docker: "fail" })
})
