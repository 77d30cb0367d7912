// INV-48 with real processes: the orchestrator is killed at every step that it announces, and the
// next one finishes the story. Runs are not its children, so none of them is.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { runProgram, waitFor } from "@bot-bottle/testkit"
import { type ForgeHost, openForgeHost } from "./forge-host.ts"
import { findMoment, MAX_STORIES, MOMENTS, WORK } from "./forge-story.ts"

test("INV-48: killed at every step, each launch begins once, each signal has one summary, and the end is the same", async () => {
  await using host = await openForgeHost(WORK)
  const open = new Set(MOMENTS)
  for (let story = 0; open.size > 0 && story < MAX_STORIES; story++) await tellStory(host, open)
  expect([...open]).toEqual([])
  expect((await host.cli.run("audit", "--verify")).stdout).toStartWith("audit intact")
}, 300_000)

test("files of a run that was marked as removed, by a process that died then, are removed", async () => {
  await using host = await openForgeHost(WORK)
  const { gitea, ledger } = host
  const { number } = host.addIssue()
  const status = async () => (await state(host, number))?.["status"]
  await keep(host, "first", new Set(), async () => (await status()) === "frozen")
  const [run] = await ledger.listRuns({ all: true })
  const home = join(host.cli.root, "state", run?.slug ?? "", "home")
  expect(existsSync(home)).toBe(true)
  await ledger.updateRunAsSeen(run!, { status: "killed", endReason: "cleaned-up" })
  gitea.world.issues.get(number + 1)!.state = "closed"
  await keep(host, "last", new Set(), async () => (await status()) === "destroyed")
  expect(existsSync(home)).toBe(false)
}, 60_000)

/** Takes the moments at which it was killed from `open`. */
async function tellStory(host: ForgeHost, open: Set<string>): Promise<void> {
  const { gitea, ledger } = host
  const runsBefore = (await ledger.listRuns({ all: true })).length
  const launchesBefore = await countLaunches(host)
  const { number } = host.addIssue()
  const pull = number + 1
  const status = async () => (await state(host, number))?.["status"]

  await keep(host, "first", open, async () => (await status()) === "frozen")
  gitea.world.addComment(pull, "alice", "once more")
  await keep(host, "second", open, async () => summaries(host, pull).length > 1 && (await status()) === "frozen")
  expect((await countLaunches(host)) - launchesBefore).toBe(2)
  const opened = gitea.world.issues.get(pull)
  if (opened !== undefined) opened.state = "closed"
  await keep(host, "last", open, async () => (await status()) === "destroyed")

  const runs = await ledger.listRuns({ all: true })
  expect([runs.length - runsBefore, ...new Set(runs.map((run) => run.status))]).toEqual([1, "killed"])
  expect((await countLaunches(host)) - launchesBefore).toBe(0)
  expect(existsSync(join(host.cli.root, "state", runs[0]?.slug ?? "", "home"))).toBe(false)
  expect(summaries(host, pull).map((body) => /^> (.*)$/m.exec(body)?.[1])).toEqual(["first", "second"])
  expect(gitea.world.issues.get(number)?.comments).toEqual([])
}

/** Serves until the phase is over, killed at each of its moments that is still open. */
async function keep(host: ForgeHost, phase: string, open: Set<string>, isOver: () => Promise<boolean>): Promise<void> {
  for (;;) {
    await using serving = host.cli.start("orchestrate", "serve", "--listen", "127.0.0.1:0", "--watchdog-timeout", "60s")
    const seen = await waitFor("a step, or the end", async () => findMoment(serving, phase, open) ?? (await isOver()), {
      deadlineMs: 60_000,
      describe: () => `${serving.stdout}${serving.stderr}`,
    })
    if (seen === true) {
      serving.kill()
      return void (await serving.result)
    }
    open.delete(seen)
    // The orchestrator itself, which has no time to say anything.
    await runProgram(["pkill", "-KILL", "-P", `${serving.pid}`])
    await serving.result
  }
}

function summaries({ gitea }: ForgeHost, pull: number): readonly string[] {
  const comments = gitea.world.issues.get(pull)?.comments ?? []
  return comments.map(({ body }) => body).filter((body) => body.includes("Run provenance"))
}

async function countLaunches({ cli }: ForgeHost): Promise<number> {
  const names = await readdir(join(cli.root, "forge/launches")).catch(() => [])
  return names.filter((name) => name.endsWith(".json")).length
}

async function state({ cli }: ForgeHost, issue: number): Promise<Readonly<Record<string, unknown>> | undefined> {
  // In one read: the record is replaced meanwhile.
  const text = await readFile(join(cli.root, `forge/acme/widgets/issue-${issue}.json`), "utf8").catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}
