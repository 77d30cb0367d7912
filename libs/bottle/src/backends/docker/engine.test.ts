// The engine's facts about itself, reported by a command line of our own.

import { expect, test } from "bun:test"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findUnfit, readEngine, readEngineNow, requireFacts } from "./engine.ts"
import { describeEngineLimits } from "./engine-limits.ts"

const WELL = {
  ServerVersion: "28.0",
  OperatingSystem: "Debian",
  Runtimes: { runc: {}, runsc: {} },
  SecurityOptions: ["name=seccomp,profile=builtin", "name=cgroupns"],
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: false,
}
const FACTS = {
  version: "28.0",
  operatingSystem: "Debian",
  hasRunsc: true,
  remapsUsers: false,
  hasSeccomp: true,
  limits: new Set(["memory", "pids"]),
}

test("an engine that answers is read, at once and in time", async () => {
  await using engine = saying(JSON.stringify(WELL))
  expect(await readEngine(engine)).toEqual({ outcome: "found", facts: FACTS as never })
  expect(readEngineNow(engine)).toEqual({ outcome: "found", facts: FACTS as never })
})

test.each([
  [
    "prints what it knows of itself",
    '{"ServerErrors":["Cannot connect to the daemon"]}',
    0,
    "Cannot connect to the daemon",
  ],
  ["prints an error", "", 1, "no daemon here"],
  ["prints something else", "hello", 0, "it says nothing about itself"],
])("an engine that is down is unreachable: the command line %s", async (_, stdout, exitCode, problem) => {
  await using engine = saying(stdout, exitCode)
  expect(await readEngine(engine)).toEqual({ outcome: "unreachable", problem })
  await expect(requireFacts(engine)).rejects.toThrow(`No isolation available: the docker engine: ${problem}`)
})

test.each([
  ["name=rootless", "rootless"],
  ["name=userns", "rootless or with remapped users"],
])("INV-61: an engine whose users are not the host's is refused: %s", async (option, word) => {
  await using engine = saying(JSON.stringify({ ...WELL, SecurityOptions: ["name=seccomp", option] }))
  await expect(requireFacts(engine)).rejects.toThrow(word)
})

test("INV-61: an engine that cannot filter system calls is refused", async () => {
  await using engine = saying(JSON.stringify({ ...WELL, SecurityOptions: null }))
  await expect(requireFacts(engine)).rejects.toThrow("cannot filter system calls")
  expect(findUnfit(FACTS as never)).toBeUndefined()
})

test("INV-69: a limit whose controller the engine lacks is said to be not kept, and so are all of an engine that is down", () => {
  const limits = { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 }
  const kept = (facts: Parameters<typeof describeEngineLimits>[1]) =>
    describeEngineLimits(limits, facts).map(({ limit, kept, by }) => `${limit} ${kept} ${by}`)
  expect(kept({ limits: new Set(["memory", "pids"]) })).toEqual([
    "memory whole docker",
    "pids whole docker",
    "cpus none nothing",
    "disk whole watch",
  ])
  expect(kept(undefined).slice(0, 3)).toEqual(["memory none nothing", "pids none nothing", "cpus none nothing"])
})

function saying(stdout: string, exitCode = 0) {
  const folder = mkdtempSync(join(tmpdir(), "docker-cli-"))
  const cli = join(folder, "docker")
  writeFileSync(join(folder, "said"), stdout)
  writeFileSync(
    cli,
    `#!/bin/sh\ncat ${folder}/said\n[ ${exitCode} = 0 ] || echo "Error response from daemon: no daemon here" >&2\nexit ${exitCode}\n`,
  )
  chmodSync(cli, 0o755)
  return { cli, env: { PATH: "/usr/bin:/bin" }, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) }
}
