// One way in: prepare, confirm, run. Nothing is written before the yes.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Answer, type Ask, askNobody, type LaunchOptions, type Question, resume, start } from "@bot-bottle/control"
import { identifyProcess, listDescendants } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const START = { agent: "impl", agentArguments: [], headless: true, prompt: "x" }

test("a start that is not confirmed shows what it would launch, and leaves no run, folder or process", async () => {
  await using host = await openTestHost()
  const asked: Question[] = []
  expect(await start(controlOf(host), START, options(answering(asked, "no")))).toEqual({ outcome: "declined" })
  expect(asked.map(({ kind }) => kind)).toEqual(["bottle-value", "launch"])
  const [, launch] = asked
  expect(launch?.kind === "launch" && [launch.facts.label, launch.facts.launch.agent.name]).toEqual(["impl", "impl"])
  expect({ state: existsSync(join(host.root, "state")), processes: listDescendants(self) }).toEqual({
    state: false,
    processes: [],
  })
  expect(await listRuns(host)).toEqual([])
})

test("the control: the same start runs when it is confirmed, with the value that was given", async () => {
  await using host = await openTestHost()
  const launched = await start(controlOf(host), START, options(answering([], "yes")))
  expect(launched.outcome === "ended" && [launched.end.exitCode, launched.end.cause]).toEqual([7, { kind: "agent" }])
  expect((await listRuns(host)).length).toBe(1)
})

test("a value that nobody can be asked for is a problem of the bottle, before anything is created", async () => {
  await using host = await openTestHost()
  const started = start(controlOf(host), START, { ...options(askNobody), confirm: "given" })
  await expect(started).rejects.toThrow("env.CODE needs a terminal to ask you")
  expect(existsSync(join(host.root, "state"))).toBe(false)
})

test("a resume that is not confirmed sets no budget; confirmed, it sets it in the name of who asked", async () => {
  await using host = await openTestHost()
  const started = await start(controlOf(host), START, options(answering([], "yes")))
  const slug = started.outcome === "ended" ? started.end.slug : ""
  const flags = { slug, agentArguments: [], headless: true, prompt: "x", budget: "5k" }
  expect(await resume(controlOf(host), flags, options(answering([], "no")))).toEqual({ outcome: "declined" })
  expect(await listBudgets(host)).toEqual([])
  expect((await resume(controlOf(host), flags, options(answering([], "yes")))).outcome).toBe("ended")
  expect(await listBudgets(host)).toMatchObject([{ scope: { kind: "run", key: slug }, limitTokens: 5000 }])
  const audit = JSON.parse((await host.run("audit", "--json")).stdout)
  const actors = audit
    .filter(({ kind }: { kind: string }) => kind === "budget-set")
    .map(({ actor }: { actor: string }) => actor)
  expect(actors).toEqual(["tester"])
})

const self = identifyProcess(process.pid)!

function answering(asked: Question[], launch: "yes" | "no"): Ask {
  return async (question): Promise<Answer> => {
    asked.push(question)
    return question.kind === "launch" ? { outcome: launch } : { outcome: "text", text: "7" }
  }
}

function options(ask: Ask): LaunchOptions {
  return {
    ask,
    confirm: "ask",
    mode: { kind: "piped", onOutput: async () => {} },
    signal: new AbortController().signal,
  }
}

async function openTestHost(): Promise<CliHost> {
  const host = await openCliHost()
  const code = 'env: { CODE: "?exit code" }\n'
  await host.write("bottles/dev.md", scriptBottle("process.exit(Number(process.env.CODE))", code))
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}

function controlOf(host: CliHost) {
  const find = (name: string) => host.env[name]
  const env = { root: host.root, cwd: host.cwd, path: Bun.env["PATH"]!, operator: "tester", find, findSecret: find }
  return { env, notify: () => {}, describe: () => [] }
}

async function listRuns(host: CliHost) {
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  return await ledger.listRuns({ all: true })
}

async function listBudgets(host: CliHost) {
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  return await ledger.listBudgets()
}
