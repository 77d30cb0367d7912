// A host with ten runs for tests of the dashboard. Their agents obey the lines of a file: they ask
// the model, and try hosts that are not listed.

import { join } from "node:path"
import { killProcess } from "@bot-bottle/kernel"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

/** Every line of `orders` in its home: `ask N` asks the model N times, `deny HOST` tries a host, `want HOST` asks for it, `end` ends. */
const OBEDIENT = `
  const { existsSync, readFileSync } = require("node:fs");
  const path = process.env.HOME + "/orders";
  let done = 0;
  const reach = (host) => fetch("https://" + host + "/", { proxy: "http://127.0.0.1:3128" }).catch(() => {});
  for (;;) {
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\\n").filter(Boolean) : [];
    for (const line of lines.slice(done)) {
      const [word, value] = line.split(" ");
      if (word === "ask") for (let i = 0; i < Number(value); i++) await ask().catch(() => {});
      if (word === "deny") await reach(value);
      if (word === "want") Bun.spawnSync(["ask", "route", value, "--method", "GET", "--why", "to read the manual"]);
      if (word === "end") process.exit(0);
    }
    done = lines.length;
    await Bun.sleep(50);
  }
`

const UNIFIED = "anthropic-ratelimit-unified"
export const TOKENS_PER_REQUEST = 1_000
const USAGE = { inputTokens: 600, outputTokens: 400, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 100 }

// biome-ignore format: a table
export const EVENING_RUNS = [
  // label,                     agent,         color,     flags
  ["fix the login redirect",    "implementer", "cyan",    ["--tag", "issue=17"]],
  ["review #482",               "reviewer",    "magenta", ["--budget", "6k"]],
  ["nightly triage",            "triager",     "green",   ["--budget", "300k", "--bottle", "parking"]],
  ["migrate to vite 9",         "implementer", "yellow",  []],
  ["docs: configuration",       "writer",      "blue",    ["--budget", "40k", "--shutdown", "freeze"]],
  ["flaky test hunt",           "implementer", "red",     ["--budget", "150k", "--observe"]],
  ["bump dependencies",         "reviewer",    "cyan",    ["--budget", "25k"]],
  ["perf: cold start",          "implementer", "magenta", ["--budget", "usd=5"]],
  ["notes de version 2.0",      "writer",      "green",   []],
  ["spike: wasm parser",        "implementer", "yellow",  ["--budget", "80k"]],
] as const

export interface EveningHost extends CliHost {
  readonly ledger: Ledger
  /** The slugs, in the order of EVENING_RUNS. */
  readonly slugs: readonly string[]
  order(index: number, line: string): Promise<void>
  /** From now on the provider itself refuses for an hour, or answers again. */
  setWindow(window: "spent" | "free"): void
}

export async function openEveningHost(count: number = EVENING_RUNS.length): Promise<EveningHost> {
  let isSpent = false
  const resetsAtS = Math.floor(Date.now() / 1_000) + 3_600
  const host = await openCliHost({
    reply: () => ({ text: "ok", usage: USAGE, ...(isSpent ? { status: 429 } : {}) }),
    modelHeaders: (): Record<string, string> =>
      isSpent
        ? {
            [`${UNIFIED}-status`]: "rejected",
            [`${UNIFIED}-5h-utilization`]: "1.0",
            [`${UNIFIED}-5h-reset`]: String(resetsAtS),
            [`${UNIFIED}-representative-claim`]: "five_hour",
            [`${UNIFIED}-reset`]: String(resetsAtS),
          }
        : {},
    settings: "budget:\n  claude: 500000\nceiling:\n  claude: 2000000\nbudget_window: day\n",
  })
  await host.write("prices.yml", "prices:\n  - { model: test-model, input: 100, output: 500 }\n")
  await host.write("bottles/dev.md", scriptBottle(OBEDIENT, "supervise: true\n"))
  await host.write("bottles/parking.md", scriptBottle(OBEDIENT, "on_limit: park\n"))
  for (const agent of ["implementer", "reviewer", "triager", "writer"])
    await host.write(`agents/${agent}.md`, agentIn("dev"))
  const slugs: string[] = []
  for (const [label, agent, color, flags] of EVENING_RUNS.slice(0, count)) {
    const { exitCode, stderr } = await host.run(
      "start",
      agent,
      "--headless",
      "--prompt",
      "x",
      "--detach",
      "--label",
      label,
      "--color",
      color,
      ...flags,
    )
    if (exitCode !== 0) throw new Error(`${label} was not started: ${stderr}`)
    const runs = readJson((await host.run("list", "--json")).stdout, [{ slug: "string" }])
    slugs.push(runs[0]?.slug ?? "")
  }
  const ledger = await openLedger(join(host.root, "bot-bottle.db"))
  return {
    ...host,
    ledger,
    slugs,
    setWindow(window) {
      isSpent = window === "spent"
    },
    async order(index, line) {
      const path = join(host.root, "state", slugs[index] ?? "", "home", "orders")
      const before = (await Bun.file(path).exists()) ? await Bun.file(path).text() : ""
      await Bun.write(path, `${before}${line}\n`)
    },
    async [Symbol.asyncDispose]() {
      for (const { launcher } of await ledger.listRuns({ all: true })) killProcess(launcher)
      await ledger.close()
      await host[Symbol.asyncDispose]()
    },
  }
}
