// An operator's actions on a run of another host, by the command line, and how soon that host does them.

import { afterAll, expect, test } from "bun:test"
import { startCluster } from "@bot-bottle/testkit"
import { DILIGENT, openLifecycleHost } from "../e2e/lifecycle/lifecycle-host.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const WITHIN_MS = 2000

test("cutoff, restore, freeze and kill of a run elsewhere are done within two seconds of the asking, and a budget binds it as soon", async () => {
  const url = await cluster.createDatabase()
  const open = (operator: string) => openLifecycleHost(DILIGENT, { env: { BOT_BOTTLE_LEDGER: url, USER: operator } })
  await using here = await open("ann")
  await using there = await open("bob")
  const act = async (...words: readonly string[]) => {
    const { exitCode, stderr } = await here.run(...words)
    expect([words, exitCode, stderr]).toEqual([words, 0, expect.any(String)])
  }
  const first = await startRun(there)
  await act("cutoff", first.slug)
  expect(await first.ask()).toBe(402)
  await act("restore", first.slug)
  expect(await first.ask()).toBe(200)
  // A limit below what it has used, and a raise: no host but its own decides on its requests.
  await act("budget", "set", `run:${first.slug}`, "claude", "10")
  const bound = [await first.untilStatus((status) => status !== 200)]
  await act("budget", "set", `run:${first.slug}`, "claude", "10M")
  await act("restore", first.slug)
  bound.push(await first.untilStatus((status) => status === 200))
  await act("freeze", first.slug)
  await first.program.result
  const second = await startRun(there)
  await act("kill", second.slug)
  expect((await second.program.result).exitCode).toBe(137)

  const columns = "kind, round(extract(epoch FROM done_at - asked_at) * 1000)::int, coalesce(error, '')"
  const done = (await cluster.psql(url.split("/").at(-1) ?? "", `SELECT ${columns} FROM command ORDER BY id`))
    .split("\n")
    .map((line) => line.split("|"))
  expect(new Set(done.map(([kind]) => kind))).toEqual(new Set(["cutoff", "restore", "freeze", "kill"]))
  expect(done.filter(([, , error]) => error !== "")).toEqual([])
  // A machine with other things to do may be late with one of them.
  expect(median([...bound, ...done.map(([, ms]) => Number(ms))])).toBeLessThan(WITHIN_MS)

  const audit = await here.run("audit")
  expect(audit.stdout.split("\n")[0]).toMatch(/^SEQ +HOST +AT /)
  expect(audit.stdout).toMatch(new RegExp(`${there.ledger.host} .* kill-requested +ann`))
}, 240_000)

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Infinity
}

async function startRun(host: Awaited<ReturnType<typeof openLifecycleHost>>) {
  const program = await host.launch("work")
  const { slug } = await host.loadRun()
  let asked = 0
  const ask = async () => {
    asked += 1
    program.write("again\n")
    await program.untilStdout(new RegExp(`(again \\d+[\\s\\S]*){${asked}}`))
    return Number([...program.stdout.matchAll(/again (\d+)/g)].at(-1)?.[1])
  }
  return {
    slug,
    program,
    ask,
    /** How long it took until a request ended so. */
    async untilStatus(isWanted: (status: number) => boolean) {
      const startMs = performance.now()
      while (performance.now() - startMs < 10_000) {
        const atMs = performance.now() - startMs
        if (isWanted(await ask())) return atMs
      }
      return Infinity
    },
  }
}
