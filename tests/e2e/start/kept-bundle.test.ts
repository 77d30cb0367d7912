// A clone's kept bundle, with real starts: it is what a start runs, and the sources are as soon as
// one of them is another.

import { expect, test } from "bun:test"
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { join, resolve } from "node:path"
import { openTempFolder, runProgram, waitFor } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const ROOT = resolve(import.meta.dir, "../../..")
/** Three bundles, on a machine that has other things to do. */
const BUILD_MS = 180_000

test.skipIf(process.env["BOT_BOTTLE_REQUIRE_BUNDLE"] === undefined)(
  "the stage's starts and their proxies run the bundle that it made of this tree",
  async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", scriptBottle("console.log('here'); setInterval(() => {}, 1000)"))
    await host.write("agents/impl.md", agentIn("dev"))
    await using run = host.start("start", "impl", "--headless", "--prompt", "x")
    await run.untilStdout(/here/)
    const kept = readFileSync(join(ROOT, ".tools/bundle/current"), "utf8").trim()
    const programs = await waitFor("the proxy", async () => {
      const lines = commandLinesBelow(run.pid).flatMap((line) => /\S+\/(?:proxy|main)\.[jt]s/.exec(line)?.[0] ?? [])
      return lines.length > 0 ? lines : undefined
    })
    expect(programs).toContain(join(ROOT, ".tools/bundle", kept, "proxy.js"))
  },
)

test(
  "a clone's start runs its bundle, the sources once one of them is another, and the next bundle again",
  async () => {
    await using clone = await openClone()
    expect(await clone.version()).toBe("0.1.0")

    await clone.keep()
    clone.mark("bundle")
    expect(await clone.version()).toBe("bundle")
    // The hardest change to see: an older file of the same length takes the name.
    clone.replace("9.9.9")
    expect(await clone.version()).toBe("9.9.9")

    await clone.keep()
    clone.mark("second bundle", "9.9.9")
    expect(await clone.version()).toBe("second bundle")

    writeFileSync(join(clone.path, "apps/cli/src/main.ts"), "const = 1\n")
    expect((await clone.keepResult()).exitCode).toBe(1)
    const { exitCode, stderr } = await clone.run("--version")
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("main.ts")])
  },
  BUILD_MS,
)

async function openClone() {
  const folder = await openTempFolder()
  const path = folder.path
  const parts = ["apps", "libs", "migrations", "package.json", "bun.lock", "bunfig.toml", "tsconfig.json", "tools"]
  await runProgram(["cp", "-a", ...parts.map((part) => join(ROOT, part)), path])
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"))
  // As `tools/bootstrap` does. A Bun on PATH is not taken where it is inside the caller's repository.
  mkdirSync(join(path, ".tools/bin"), { recursive: true })
  symlinkSync(process.execPath, join(path, ".tools/bin/bun"))
  const manifest = join(path, "apps/cli/package.json")
  const env = { PATH: "/usr/bin:/bin", HOME: path }
  const versioned = (version: string) =>
    readFileSync(manifest, "utf8").replace(/"version": "[^"]*"/, `"version": "${version}"`)
  const run = (...args: readonly string[]) => runProgram([join(path, "apps/cli/bin/bot-bottle"), ...args], { env })
  const keepResult = () =>
    runProgram([process.execPath, join(path, "tools/pack/keep-bundle.ts")], { env, cwd: "/", deadlineMs: BUILD_MS })
  return {
    path,
    manifest,
    run,
    keepResult,
    async version() {
      const { stdout, stderr } = await run("--version")
      return `${stdout}${stderr}`.trim()
    },
    async keep() {
      expect(await keepResult()).toEqual({ exitCode: 0, stdout: "", stderr: "" })
    },
    replace(version: string) {
      const { atime, mtime } = statSync(manifest)
      writeFileSync(`${manifest}.new`, versioned(version))
      utimesSync(`${manifest}.new`, atime, mtime)
      renameSync(`${manifest}.new`, manifest)
    },
    /** Changes what the kept bundle prints: a bundle is not among its own inputs. */
    mark(words: string, version = "0.1.0") {
      const kept = join(path, ".tools/bundle", readFileSync(join(path, ".tools/bundle/current"), "utf8").trim())
      const files = readdirSync(kept).filter((name) => name.endsWith(".js"))
      const holding = files.filter((name) => readFileSync(join(kept, name), "utf8").includes(`version:"${version}"`))
      expect(holding).not.toEqual([])
      for (const name of holding) {
        const text = readFileSync(join(kept, name), "utf8")
        writeFileSync(join(kept, name), text.replaceAll(`version:"${version}"`, `version:"${words}"`))
      }
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** Of the process and all below it. */
function commandLinesBelow(pid: number): readonly string[] {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8")
  try {
    const children = read(`task/${pid}/children`)
      .trim()
      .split(" ")
      .filter((child) => child !== "")
    return [read("cmdline").replaceAll("\0", " "), ...children.flatMap((child) => commandLinesBelow(Number(child)))]
  } catch {
    // It has ended.
    return []
  }
}
