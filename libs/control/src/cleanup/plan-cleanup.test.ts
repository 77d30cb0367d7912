import { expect, test } from "bun:test"
import { existsSync, mkdirSync, utimesSync } from "node:fs"
import { join } from "node:path"
import type { Backend, FoundBottle } from "@bot-bottle/bottle"
import { OperatorProblem, type ProcessIdentity, type Run } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { openTempFolder } from "@bot-bottle/testkit"
import { CLEANED_UP } from "../client/find-run.ts"
import { markLaunch } from "../launch/launch-mark.ts"
import { planCleanup } from "./plan-cleanup.ts"

const DEAD = "1:1:no-such-boot" as ProcessIdentity
const ALIVE = identifyProcess(process.pid)!
const OURS = identifyProcess(process.ppid)!
const NOW = 1_000 * 86_400_000
const DAY = 86_400_000

// biome-ignore format: a table
test.each([
  // run                                                             its bottle  files go  bottle goes
  [{ status: "running", launcher: ALIVE },                           "running",  false,    false],
  [{ status: "cut", launcher: ALIVE },                               "running",  false,    false],
  [{ status: "frozen", launcher: DEAD },                             "stopped",  false,    false],
  [{ status: "frozen", launcher: DEAD },                             "running",  false,    false],
  [{ status: "ended", launcher: DEAD, endedAtMs: NOW - 6 * DAY },    "stopped",  false,    false],
  [{ status: "ended", launcher: DEAD, endedAtMs: NOW - 6 * DAY },    "running",  false,    true],
  [{ status: "ended", launcher: DEAD, endedAtMs: NOW - 8 * DAY },    "none",     true,     false],
  [{ status: "ended", launcher: DEAD, endedAtMs: NOW - 8 * DAY },    "stopped",  true,     true],
  [{ status: "ended", launcher: ALIVE, endedAtMs: NOW - 8 * DAY },   "running",  false,    false],
  [{ status: "killed", launcher: DEAD, endedAtMs: NOW },             "stopped",  true,     true],
  [{ status: "ended", launcher: DEAD, endedAtMs: NOW, endReason: CLEANED_UP }, "stopped", true, true],
] as const)("%j whose bottle is %s: files go %p, bottle goes %p", async (change, bottle, filesGo, bottleGoes) => {
  await using host = await openHost()
  await host.book("mine-00000", change)
  if (bottle !== "none") host.found.push(foundOf("mine-00000", bottle === "running"))
  const kinds = (await host.plan()).steps.map(({ kind }) => kind)
  expect(kinds).toEqual([...(filesGo ? ["ended-run" as const] : []), ...(bottleGoes ? ["bottle" as const] : [])])
  await host.carryOut()
  expect(existsSync(host.folder("mine-00000", "home"))).toBe(!filesGo)
  expect(existsSync(host.folder("mine-00000", "metadata.json"))).toBe(true)
  expect(host.ended).toHaveLength(bottleGoes ? 1 : 0)
})

test("a folder without a run goes, unless somebody launches in it, or just may", async () => {
  await using host = await openHost()
  for (const slug of ["old-00000", "launching-00000", "left-00000", "young-00000"]) host.fill(slug)
  markLaunch(host.folder("launching-00000"), ALIVE)
  markLaunch(host.folder("left-00000"), DEAD)
  for (const slug of ["old-00000", "launching-00000"]) utimesSync(host.folder(slug), NOW / 1000, (NOW - DAY) / 1000)
  utimesSync(host.folder("young-00000"), NOW / 1000, NOW / 1000)
  mkdirSync(join(host.root, "state", ".old"))
  host.found.push(foundOf("launching-00000", true), foundOf("nobodys-00000", true))
  const planned = (await host.plan()).steps.map(({ what }) => what.replace(`${host.root}/state/`, ""))
  expect(planned).toEqual(["nobodys-00000: a bottle", "left-00000", "old-00000"])
  await host.carryOut()
  expect(["old", "launching", "left", "young"].filter((name) => existsSync(host.folder(`${name}-00000`)))).toEqual([
    "launching",
    "young",
  ])
  expect(existsSync(join(host.root, "state", ".old"))).toBe(true)
  expect(host.ended).toEqual(["cleanup nobodys-00000"])
})

test("a run that was resumed between the plan and its turn is left as it is", async () => {
  await using host = await openHost()
  await host.book("mine-00000", { status: "ended", launcher: DEAD, endedAtMs: NOW - 8 * DAY })
  host.found.push(foundOf("mine-00000", true))
  const { steps } = await host.plan()
  expect(steps).toHaveLength(2)
  const resumed = { status: "running", launcher: ALIVE } as const
  expect(await host.ledger.updateRunAsSeen({ slug: "mine-00000", status: "ended", launcher: DEAD }, resumed)).toBe(true)
  expect(await Promise.all(steps.map(({ act }) => act()))).toEqual(["kept", "kept"])
  expect([existsSync(host.folder("mine-00000", "home")), host.ended]).toEqual([true, []])
})

test("a backend that cannot be asked is said once a run has used it, and the others are cleaned", async () => {
  await using host = await openHost({ enumerate: () => Promise.reject(new OperatorProblem("no daemon")) })
  host.fill("old-00000")
  markLaunch(host.folder("old-00000"), DEAD)
  expect((await host.plan()).remarks).toEqual([])
  await host.book("mine-00000", { backend: "double", status: "frozen" })
  const { steps, remarks } = await host.plan()
  expect([steps.map(({ kind }) => kind), remarks]).toEqual([
    ["folder"],
    ["double: no daemon; its bottles are not touched"],
  ])
})

test("toolchains: what an installation left half-way goes, what is whole stays", async () => {
  await using host = await openHost()
  const whole = join(host.root, "toolchains", "claude", "1.2.3")
  for (const path of [whole, `${whole}.4711.draft`]) mkdirSync(join(path, "node_modules"), { recursive: true })
  await host.carryOut()
  expect([existsSync(whole), existsSync(`${whole}.4711.draft`)]).toEqual([true, false])
})

test("a host that never launched anything has nothing to clean up", async () => {
  await using host = await openHost()
  expect(await host.plan()).toEqual({ steps: [], remarks: [], kept: [] })
})

function foundOf(slug: string, isRunning: boolean): FoundBottle {
  return { slug, process: DEAD, isRunning, what: "a bottle" }
}

async function openHost(change: Partial<Backend> = {}) {
  const temp = await openTempFolder()
  const root = temp.path
  const ledger = await openLedger(join(root, "bot-bottle.db"))
  const found: FoundBottle[] = []
  const ended: string[] = []
  const backend = {
    name: "double",
    enumerate: async () => found,
    cleanup: async ({ slug }: FoundBottle) => void ended.push(`cleanup ${slug}`),
    kill: async () => void ended.push("kill"),
    ...change,
  } as unknown as Backend
  const folder = (slug: string, ...names: string[]) => join(root, "state", slug, ...names)
  const fill = (slug: string) => {
    for (const name of ["home", "workspace", "transcript"]) mkdirSync(folder(slug, name), { recursive: true })
  }
  const plan = () =>
    planCleanup({ root, ledger, backends: [backend], keepEndedMs: 7 * DAY, self: OURS, nowMs: () => NOW })
  return {
    root,
    ledger,
    found,
    ended,
    folder,
    fill,
    plan,
    async carryOut() {
      for (const { act } of (await plan()).steps) await act()
    },
    async book(slug: string, run: Partial<Run>) {
      fill(slug)
      await Bun.write(folder(slug, "metadata.json"), "{}")
      await ledger.createRun({
        slug,
        label: "mine",
        color: "",
        agent: "impl",
        bottles: ["dev"],
        ancestors: [],
        provider: "claude",
        meters: ["claude"],
        backend: "bwrap",
        policy: "cutoff",
        tags: {},
        status: "running",
        startedAtMs: NOW - 9 * DAY,
        launcher: DEAD,
        ...run,
      })
    },
    async [Symbol.asyncDispose]() {
      await ledger.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}
