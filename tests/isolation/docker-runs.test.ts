// Whole runs in containers, by the real command line: billed, frozen, resumed, killed, and gone
// whoever dies. CI starts an engine for this.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createDockerBackend, DOCKER, openTestRun } from "@bot-bottle/bottle/testing"
import { isProcessAlive, killProcess, pidOf } from "@bot-bottle/kernel"
import { readJson, runProgram, waitFor } from "@bot-bottle/testkit"
import { scriptBottle } from "../e2e/cli/cli-host.ts"
import { DILIGENT, openLifecycleHost, REQUEST_TOKENS, STUBBORN } from "../e2e/lifecycle/lifecycle-host.ts"
import { describeIsolated } from "./require-isolation.ts"

const ENGINE = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
const IN_DOCKER = { settings: "backend: docker\n", env: ENGINE }

await describeIsolated("docker, whole runs", DOCKER.create(), () => {
  test("a run is metered, listed with its backend, frozen, resumed and killed; nothing of it is left", async () => {
    await using host = await openLifecycleHost(DILIGENT, IN_DOCKER)
    await using first = await host.launch("one", "--cwd")
    const parts = await host.loadParts()
    const { slug } = await host.loadRun()
    const [listed] = JSON.parse((await host.run("list", "--json")).stdout)
    expect([listed.backend, listed.status]).toEqual(["docker", "running"])
    expect(await containersOf(host.root)).toHaveLength(1)

    expect((await host.run("freeze", slug)).exitCode).toBe(0)
    await first.result
    expect({ alive: parts.filter(isProcessAlive), containers: await containersOf(host.root) }).toEqual({
      alive: [],
      containers: [],
    })
    expect(readFileSync(host.stateFolder(slug, "home/notes"), "utf8")).toBe("home:one\ntold to leave\n")

    await using second = host.start("resume", slug, "--headless", "--prompt", "two")
    await second.untilStdout(/first/)
    expect(readFileSync(host.stateFolder(slug, "workspace/notes"), "utf8")).toBe("work:one\nwork:two\n")
    expect(await containersOf(host.root)).toHaveLength(1)

    expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
    await second.result
    expect(await containersOf(host.root)).toEqual([])
    const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
    expect([host.standIn.bill.length, totals.input_tokens + totals.output_tokens]).toEqual([2, 2 * REQUEST_TOKENS])
  })

  test("INV-61: the engine was told every restriction", async () => {
    await using run = openTestRun()
    const bottle = await DOCKER.create().launch(run.plan(["/bin/sleep", "1000"]), { kind: "pipe" })
    const [found] = await containersOf(run.root)
    const id = found?.what.replace("container ", "") ?? ""
    const asked = await runProgram(["docker", "inspect", "--format", "{{json .HostConfig}}", id], { env: ENGINE })
    await bottle.kill()
    const told = readJson(asked.stdout, "object")
    expect(told).toMatchObject({
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: null,
      CapDrop: ["ALL"],
      IpcMode: "private",
      CgroupnsMode: "private",
      PidMode: "",
      UTSMode: "",
      UsernsMode: "",
      Binds: null,
      Devices: [],
      AutoRemove: true,
      Init: true,
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      LogConfig: { Type: "none", Config: {} },
    })
    expect(told["SecurityOpt"]).toContain("no-new-privileges:true")
    const mounted = (told["Mounts"] as { Type: string; Source: string }[]).map(({ Type, Source }) => [Type, Source])
    const planned = run.plan([]).mounts.map(({ source }) => ["bind", source])
    expect(mounted.slice(0, planned.length)).toEqual(planned)
    // The rest covers the image's own roots with the run's.
    const roots = Object.values(run.plan([]).trust)
    expect(
      mounted.slice(planned.length).filter(([type, source = ""]) => type !== "bind" || !roots.includes(source)),
    ).toEqual([])
  })

  test("cutoff closes its egress while it runs", async () => {
    await using host = await openLifecycleHost(DILIGENT, IN_DOCKER)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    expect((await host.run("cutoff", slug)).exitCode).toBe(0)
    program.write("again\n")
    expect((await program.untilStdout(/again (\d+)/))[1]).toBe("402")
    expect(host.standIn.bill).toHaveLength(1)
    await host.run("kill", slug)
  })

  test("INV-46: a launcher killed with SIGKILL takes its container along, also with its forwarder stopped", async () => {
    const stopper = `const { execSync } = require("node:child_process"); execSync("kill -STOP " + process.ppid);${STUBBORN.replace("(await ask()).status", "0")}`
    await using host = await openLifecycleHost(stopper, IN_DOCKER)
    await using program = await host.launch("one")
    const { launcher } = await host.loadRun()
    const tree = await processesIn(host)
    expect(tree.length).toBeGreaterThan(3)
    killProcess(launcher)
    await program.result
    await waitFor("the container to go", async () => (await containersOf(host.root)).length === 0)
    await waitFor("its processes to go", () => !tree.some(isProcessAlive))
  })

  test("INV-46: with the keeper killed as well, the container is found, and ended before its run continues", async () => {
    const stopper = `const { execSync } = require("node:child_process"); if (process.argv.at(-1) === "one") execSync("kill -STOP " + process.ppid); console.log("first"); setInterval(() => {}, 1000)`
    await using host = await openLifecycleHost(stopper, IN_DOCKER)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    const [launcher, , keeper] = await host.loadParts()
    const tree = await processesIn(host)
    // A keeper that sees its launcher die ends the container.
    process.kill(pidOf(keeper!), "SIGSTOP")
    killProcess(launcher!)
    killProcess(keeper!)
    await program.result
    const [left] = await containersOf(host.root)
    expect(left).toMatchObject({ slug, process: keeper!, isRunning: true })

    await using next = host.start("resume", slug, "--headless", "--prompt", "two")
    await next.untilStdout(/first/)
    expect(tree.filter(isProcessAlive)).toEqual([])
    expect(await containersOf(host.root)).toHaveLength(1)
    await host.run("kill", slug)
    await next.result
  })

  test("INV-63: an image built from the operator's Dockerfile brings its files, and not its variables or commands", async () => {
    await using host = await openLifecycleHost(
      `console.log("first", require("node:fs").readFileSync("/opt/mark", "utf8"), process.env.FROM_IMAGE)`,
      IN_DOCKER,
    )
    const base = await DOCKER.create().prepare(undefined, () => {})
    await mkdir(join(host.cwd, "image"))
    const dockerfile = `FROM ${base}\nCOPY mark /opt/mark\nENV FROM_IMAGE=1\nUSER root\nENTRYPOINT ["/bin/false"]\n`
    await writeFile(join(host.cwd, "image/Dockerfile"), dockerfile)
    await writeFile(join(host.cwd, "image/mark"), "marked")
    await using program = await host.launch("one", "--image", "./image/Dockerfile")
    expect(await program.result).toMatchObject({ exitCode: 0, stdout: "first marked undefined\n" })

    // The nearest word wins: the run's over its bottle's.
    await host.write("bottles/dev.md", scriptBottle(`console.log("first")`, "image: no-such-image:1\n"))
    const missing = await host.run("start", "impl", "--headless", "--prompt", "go")
    expect(missing.exitCode).toBe(1)
    expect(missing.stderr).toContain("the docker engine has no image 'no-such-image:1'")
    expect(missing.stderr).toContain("docker pull no-such-image:1")
    await using named = await host.launch("one", "--image", base ?? "")
    expect(await named.result).toMatchObject({ exitCode: 0, stdout: "first\n" })

    await writeFile(join(host.cwd, "image/Dockerfile"), `FROM ${base}\nVOLUME /data\n`)
    const volume = await host.run("start", "impl", "--headless", "--prompt", "go", "--image", "./image/Dockerfile")
    expect(volume.stderr).toContain("declares a VOLUME: /data")
    expect(await containersOf(host.root)).toEqual([])
  })
})

function containersOf(root: string) {
  return createDockerBackend({ find: (name) => Bun.env[name] }).enumerate(root)
}

async function processesIn(
  host: { loadRun(): Promise<{ slug: string }>; loadParts(): Promise<readonly string[]> } & Host,
) {
  const { slug } = await host.loadRun()
  const [, , keeper] = await host.loadParts()
  return await DOCKER.listProcesses(keeper as Parameters<typeof DOCKER.listProcesses>[0], host.stateFolder(slug))
}

interface Host {
  stateFolder(slug: string, ...names: readonly string[]): string
}
