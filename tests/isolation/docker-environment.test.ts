// The bottle's own first processes get nothing of an image's and the operator's variables. The
// agent can look at them, and one of them runs the self-test.

import { expect, test } from "bun:test"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createDockerBackend, DOCKER, openTestRun, runInBottle } from "@bot-bottle/bottle/testing"
import { runFolders } from "@bot-bottle/contracts"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { describeIsolated } from "./require-isolation.ts"

const ENGINE = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
const LOOK = ["/bin/sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; cat /home/node/ran 2>/dev/null; echo looked"]

await describeIsolated("docker, variables", DOCKER.create(), () => {
  test("INV-63: no variable of the image, and none of a proxy that the operator's Docker is set up with, enters a bottle", async () => {
    await using folder = await openTempFolder()
    const base = (await DOCKER.create().prepare(undefined, () => {})) ?? ""
    const proxy = "http://user:topsecret@10.0.0.1:3128"
    const config = {
      proxies: { default: { httpProxy: proxy, httpsProxy: proxy, noProxy: "host.test", allProxy: proxy } },
    }
    await writeFile(join(folder.path, "config.json"), JSON.stringify(config))
    await writeFile(join(folder.path, "early.ts"), `await Bun.write("/home/node/ran", "IMAGE CODE RAN\\n")`)
    const lines = [
      `FROM ${base}`,
      "COPY early.ts /early.ts",
      "ENV BUN_OPTIONS='--preload /early.ts' DOCKER_HOST=image HOME=/image PATH=/image MARK=image",
    ]
    await writeFile(join(folder.path, "Dockerfile"), `${lines.join("\n")}\n`)
    const find = (name: string) => (name === "DOCKER_CONFIG" ? folder.path : Bun.env[name])
    const backend = createDockerBackend({ find })
    const image = (await backend.prepare(join(folder.path, "Dockerfile"), () => {})) ?? ""

    // The same image in a container of anybody's has all of it.
    const argv = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "/usr/bin/env", image]
    const anywhere = await runProgram(argv, { env: { ...ENGINE, DOCKER_CONFIG: folder.path } })
    for (const there of ["topsecret", "MARK=image", "BUN_OPTIONS="]) expect(anywhere.stdout).toContain(there)

    await using run = openTestRun()
    const { stdout, exitCode } = await runInBottle(backend, run.plan([...LOOK], { image }))
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("looked")])
    for (const not of ["topsecret", "image", "BUN_OPTIONS", "IMAGE CODE RAN", "engine.sock"])
      expect(stdout).not.toContain(not)
  })

  test("INV-75: what an agent left in its home runs in no process before the self-test", async () => {
    await using run = openTestRun()
    const { home } = runFolders(run.root, run.plan([]).slug)
    await mkdir(join(home, ".config"))
    const preload = `preload = ["/home/node/early.ts"]\n`
    for (const path of [".bunfig.toml", "bunfig.toml", ".config/.bunfig.toml", ".config/bunfig.toml"])
      await writeFile(join(home, path), preload)
    await writeFile(join(home, "early.ts"), `await Bun.write("/home/node/ran", "HOME CODE RAN\\n")`)
    await writeFile(join(home, ".env"), "BUN_OPTIONS=--preload=/home/node/early.ts\n")
    for (const path of [".bashrc", ".profile", ".bash_profile"])
      await writeFile(join(home, path), "echo 'HOME CODE RAN' > /home/node/ran\n")
    const { stdout } = await runInBottle(DOCKER.create(), run.plan([...LOOK]))
    expect(stdout).toContain("looked")
    expect(stdout).not.toContain("HOME CODE RAN")
  })
})
