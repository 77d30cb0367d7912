import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createBottleCgroup, findCgroupDelegation } from "./cgroup.ts"
import { cgroupSettings, describeLimits, parseHardLimits, rlimitArguments } from "./limits.ts"

const ALL = { memoryBytes: 4 * 1024 ** 3, pids: 512, cpus: 1.5, diskBytes: 10 * 1024 ** 3 }

test.each([
  // controllers                 memory                  pids                   cpus                  disk
  [[], ["partial watch", "whole rlimit", "none nothing", "whole watch"]],
  [
    ["memory", "pids", "cpu"],
    ["whole cgroup v2", "whole cgroup v2", "whole cgroup v2", "whole watch"],
  ],
  [["pids"], ["partial watch", "whole cgroup v2", "none nothing", "whole watch"]],
] as const)("INV-69: with controllers %p memory, pids, cpus, disk: %p", (controllers, expected) => {
  expect(describeLimits(ALL, new Set(controllers)).map(({ kept, by }) => `${kept} ${by}`)).toEqual([...expected])
})

test("INV-69: a limit that was not asked for is not reported", () => {
  expect(describeLimits({}, new Set())).toEqual([])
})

test("each limit is kept by one of the two, never by both or neither", () => {
  expect(rlimitArguments(ALL, new Set())).toEqual(["--nproc=512", "--fsize=10737418240"])
  expect(rlimitArguments(ALL, new Set(["memory", "pids", "cpu"]))).toEqual(["--fsize=10737418240"])
  expect(cgroupSettings(ALL, new Set(["memory", "pids", "cpu"]))).toEqual({
    "memory.max": "4294967296",
    "memory.swap.max": "0",
    "memory.oom.group": "1",
    "pids.max": "512",
    "cpu.max": "150000 100000",
  })
  expect(cgroupSettings(ALL, new Set())).toEqual({})
})

test("a limit above our own hard limit is asked for as that: raising it would fail the start", () => {
  const hard = parseHardLimits(`Limit                     Soft Limit           Hard Limit           Units
Max file size             unlimited            unlimited            bytes
Max processes             100                  300                  processes
`)
  expect(hard).toEqual({ nproc: 300, fsize: Infinity })
  expect(rlimitArguments(ALL, new Set(), hard)).toEqual(["--nproc=300", "--fsize=10737418240"])
  expect(rlimitArguments({ pids: 299 }, new Set(), hard)).toEqual(["--nproc=299"])
  const own = parseHardLimits(readFileSync("/proc/self/limits", "utf8"))
  expect(Object.values(own).filter((value) => !(value > 0))).toEqual([])
})

test.each([
  // membership                          subtree_control    found
  ["0::/user.slice/own\n", "cpu memory pids", ["cpu", "memory", "pids"]],
  ["9:pids:/\n0::/user.slice/own\n", "pids", ["pids"]],
  ["0::/user.slice/own\n", "", undefined],
  ["0::/\n", "cpu", undefined],
  ["9:pids:/\n", "cpu", undefined],
] as const)("a delegated cgroup is found: %j passing %j", (membership, subtree, expected) => {
  using mount = cgroupMount(subtree)
  const found = findCgroupDelegation({ mount: mount.path, membership })
  expect(found === undefined ? undefined : [...found.controllers]).toEqual(
    expected === undefined ? undefined : [...expected],
  )
})

test("a bottle's cgroup is made beside our own, with its limits, and takes processes", () => {
  using mount = cgroupMount("cpu memory pids")
  const delegation = findCgroupDelegation({ mount: mount.path, membership: "0::/user.slice/own\n" })!
  const cgroup = createBottleCgroup(delegation, "a-run-00000", { pids: 7 })
  cgroup.add(4711)
  const folder = join(mount.path, "user.slice/bot-bottle-a-run-00000")
  const files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]))
  expect(files).toEqual({ "pids.max": "7", "cgroup.procs": "4711" })
})

test.each([
  ["with", { "memory.max": "1024", "memory.swap.max": "0", "memory.oom.group": "1" }],
  ["without", { "memory.max": "1024", "memory.oom.group": "1" }],
] as const)("on a kernel %s swap accounting a memory limit is written: %j", (how, expected) => {
  using mount = cgroupMount("memory")
  const delegation = findCgroupDelegation({ mount: mount.path, membership: "0::/user.slice/own\n" })!
  const folder = join(mount.path, "user.slice/bot-bottle-a-run-00000")
  mkdirSync(folder)
  if (how === "with") writeFileSync(join(folder, "memory.swap.max"), "max")
  createBottleCgroup(delegation, "a-run-00000", { memoryBytes: 1024 })
  expect(
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")])),
  ).toEqual(expected)
})

/** Ordinary files in place of the kernel's. */
function cgroupMount(subtreeControl: string): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "bottle-cgroup-"))
  mkdirSync(join(path, "user.slice/own"), { recursive: true })
  for (const folder of [path, join(path, "user.slice")]) {
    writeFileSync(join(folder, "cgroup.subtree_control"), `${subtreeControl}\n`)
    writeFileSync(join(folder, "cgroup.procs"), "")
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
