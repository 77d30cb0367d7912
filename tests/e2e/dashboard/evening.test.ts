// An evening at the dashboard: ten real runs that spend, are refused, ask, spend all, are frozen,
// parked, raised, resumed and killed by keys. The test holds the screen against ledger and audit.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTerminal, type Terminal } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { EVENING_RUNS, type EveningHost, openEveningHost, TOKENS_PER_REQUEST } from "./evening-host.ts"

const DEADLINE_MS = 240_000
const LOGIN = 0
const REVIEW = 1
const MIGRATE = 3
const DOCS = 4
const BUMP = 6
const PERF = 7
const NOTES = 8
const TRIAGE = 2

test.each([
  // columns, rows
  [80, 24],
  [140, 40],
] as const)(
  "ten runs at %p x %p",
  async (columns, rows) => {
    await using host = await openEveningHost()
    await using terminal = await openDashboard(host, columns, rows)
    await terminal.untilScreen("10 running")
    // Hosts that no route lists are let through: said on its row.
    expect(await terminal.screen()).toMatch(/flaky test hunt .*observes/)

    // Spend: as many requests as were made, and their tokens, on the run's own page.
    await host.order(LOGIN, "ask 5")
    await select(terminal, "login")
    await terminal.press("Enter")
    await terminal.untilScreen("requests 5")
    // The rows of requests come a moment after the run's own figures.
    const page = await terminal.untilScreen(/(?:test-model.*){5}/s)
    expect(page.match(/test-model/g)?.length).toBe(5)
    expect(page).toContain("tags issue=17")
    expect(await charged(host, LOGIN)).toBe(5 * TOKENS_PER_REQUEST)
    await back(terminal)

    // Denied: with the route that would allow it.
    await host.order(MIGRATE, "deny registry.yarnpkg.com")
    await host.order(MIGRATE, "deny registry.yarnpkg.com")
    await terminal.press("d")
    await terminal.untilScreen(/ 2 +registry\.yarnpkg\.com/)
    expect(await terminal.screen()).toContain("- host: registry.yarnpkg.com")
    await back(terminal)

    // Dollars: its own budget governs, and shows what it cost.
    await host.order(PERF, "ask 2")
    await select(terminal, "perf")
    await terminal.press("Enter")
    await terminal.untilScreen(/\$0\.52 of \$5\.00/)
    const [perf] = await host.ledger.usage({ by: "run", slug: host.slugs[PERF] ?? "" })
    expect(perf?.costMicroUsd).toBe(520_000)
    await back(terminal)

    // Asked: the question is counted, shown, and approved for the run.
    await host.order(NOTES, "want docs.example.com")
    await terminal.untilScreen("1 waiting")
    await terminal.press("u")
    expect(await terminal.untilScreen("question #1")).toContain("to read the manual")
    await terminal.press("r")
    await terminal.untilScreen("Approve this question?")
    await Bun.sleep(200)
    await terminal.press("Enter")
    await terminal.untilScreen("Nobody waits for you.")
    const [answered] = await host.ledger.listProposals({ limit: 1 })
    expect(answered?.answer).toMatchObject({ decision: "approved", duration: "run", channel: "dashboard" })
    await back(terminal)

    // Spent: cut off by its budget, and the first line says so.
    await host.order(REVIEW, "ask 9")
    await terminal.untilScreen(/review #482 is cut off: .*spent/)
    await terminal.untilScreen("1 cut")
    expect(await steps(host, REVIEW)).toEqual(["cutoff by budget: done"])

    // Raised and restored.
    await select(terminal, "#482")
    await terminal.press("b")
    await terminal.untilScreen("Budget of this run")
    await terminal.type("60k")
    await terminal.untilScreen("budget set run:")
    // A dialog takes no answer in its first moments.
    await Bun.sleep(200)
    await terminal.press("Enter")
    await terminal.untilScreen("60,000 tokens")
    await confirm(terminal, "r", "Restore this run?")
    await terminal.untilScreen(/-[a-z0-9]{5}: network restored/)
    await host.order(REVIEW, "ask 2")
    await untilCharged(host, REVIEW, (tokens) => tokens >= 7 * TOKENS_PER_REQUEST)

    // Frozen and resumed.
    await select(terminal, "docs:")
    await confirm(terminal, "f", "Freeze this run?")
    await terminal.untilScreen("1 frozen")
    expect(await steps(host, DOCS)).toContain("freeze by operator: done")
    await terminal.press("r")
    await terminal.untilScreen("Resume?")
    await terminal.press("y")
    await terminal.untilScreen("10 running", { deadlineMs: 15_000 })

    // Attached, and its log followed: the screen steps aside, and Ctrl-C leads back to it.
    await select(terminal, "bump")
    for (const [key, words] of [
      ["a", "Ctrl-C detaches"],
      ["l", "bot-bottle logs -f bump-dependencies-"],
    ] as const) {
      await terminal.press(key)
      await terminal.untilScreen(words)
      await terminal.press("C-c")
      await terminal.untilScreen("10 running")
    }
    expect((await host.ledger.findRun(host.slugs[BUMP] ?? ""))?.status).toBe("running")

    // Parked: the provider refuses for the rest of its window.
    await select(terminal, "triage")
    host.setWindow("spent")
    await host.order(TRIAGE, "ask 1")
    await terminal.untilScreen(columns < 110 ? /parked \d\d:\d\d|parked \w{3} \d/ : /parked until .*\d\d:\d\d/)
    host.setWindow("free")
    expect(await steps(host, TRIAGE)).toEqual(["freeze by watchdog: done"])

    // Cut off by hand, and killed by its word.
    await select(terminal, "spike")
    await Bun.write(join(host.root, "state", host.slugs.at(-1) ?? "", "workspace", "new.txt"), "not applied")
    await confirm(terminal, "c", "Cut off this run?")
    await terminal.untilScreen("1 cut")
    await terminal.press("x")
    await terminal.untilScreen("Kill this run?")
    await terminal.untilScreen(/1\s+(?:│.*\n.*│ )?changed file was never applied/)
    await Bun.sleep(200)
    await terminal.type("kill")
    await terminal.untilScreen("killed")
    const spike = await host.ledger.findRun(host.slugs.at(-1) ?? "")
    expect(spike?.status).toBe("killed")

    // The dashboard leaves the same rows as the command line.
    const audit = (await host.ledger.listAudit()).map(({ kind, slug }) => `${kind} ${host.slugs.indexOf(slug)}`)
    for (const entry of [
      "proposal-asked 8",
      "proposal-approved 8",
      "cutoff-done 1",
      "restore-done 1",
      "freeze-done 4",
      "freeze-done 2",
      "cutoff-done 9",
      "kill-done 9",
    ])
      expect(audit).toContain(entry)
    expect((await host.ledger.verifyAudit()).outcome).toBe("intact")

    await terminal.press("q")
    expect(await terminal.untilExit()).toBe(0)
  },
  DEADLINE_MS,
)

async function openDashboard(host: EveningHost, columns: number, rows: number): Promise<Terminal> {
  return openTerminal([...CLI, "dashboard"], { cwd: host.cwd, columns, rows, env: { ...host.env, LANG: "C.UTF-8" } })
}

/** By the filter: the list has one row then, whatever its order. */
async function select(terminal: Terminal, word: string): Promise<void> {
  await terminal.press("/")
  await terminal.untilScreen("enter keep")
  await terminal.press("C-u")
  await terminal.type(word)
  await terminal.untilScreen(new RegExp(`/ ${RegExp.escape(word)}\\S? +1 match `))
  await terminal.press("Enter")
  await terminal.untilScreen(/^(?![\s\S]*enter keep)/)
}

/** Returns when the list is shown again. */
async function back(terminal: Terminal): Promise<void> {
  await terminal.press("Escape")
  await terminal.untilScreen(/^ +RUN +.*STATUS/m)
}

async function confirm(terminal: Terminal, key: string, question: string): Promise<void> {
  await terminal.press(key)
  await terminal.untilScreen(question)
  // A dialog takes no key in its first moments.
  await Bun.sleep(200)
  await terminal.press("y")
}

async function charged(host: EveningHost, index: number): Promise<number> {
  const [row] = await host.ledger.usage({ by: "run", slug: host.slugs[index] ?? "" })
  return row?.chargedTokens ?? 0
}

async function untilCharged(host: EveningHost, index: number, holds: (tokens: number) => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (holds(await charged(host, index))) return
    await Bun.sleep(50)
  }
  throw new Error(`${EVENING_RUNS[index]?.[0]} was charged ${await charged(host, index)} tokens`)
}

async function steps(host: EveningHost, index: number): Promise<readonly string[]> {
  const rows = await host.ledger.listEnforcement(host.slugs[index] ?? "")
  return rows.map(({ kind, trigger, outcome }) => `${kind} by ${trigger}: ${outcome}`)
}
