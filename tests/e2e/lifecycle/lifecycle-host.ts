// A host with one agent for the tests of how runs stop and continue. It looks at everything that
// must be left, and everything that must not.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity, Run } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import { type EnforcementRow, type Ledger, openLedger } from "@bot-bottle/ledger"
import type { Program } from "@bot-bottle/testkit"
import { agentIn, type CliHost, type CliHostOptions, openCliHost, scriptBottle } from "../cli/cli-host.ts"

/**
 * Notes its start in home and workspace, asks once, then asks again for every line on stdin. Asked to leave, it notes
 * that, and goes. Home is HOME, the workspace the current folder.
 */
export const DILIGENT = `
  const { appendFileSync, readFileSync } = require("node:fs");
  const home = process.env.HOME + "/notes";
  const prompt = process.argv.at(-1);
  appendFileSync(home, "home:" + prompt + "\\n"); appendFileSync("notes", "work:" + prompt + "\\n");
  process.on("SIGTERM", () => { appendFileSync(home, "told to leave\\n"); process.exit(0) });
  console.log("notes", JSON.stringify(readFileSync(home, "utf8") + readFileSync("notes", "utf8")));
  console.log("first", (await ask()).status);
  for await (const line of console) if (line) console.log(line, (await ask()).status);
`

/** Does not leave, whatever it is told, and starts others that do not. */
export const STUBBORN = `
  for (const s of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(s, () => {});
  Bun.spawn(["/bin/sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1000; done"], { stdio: ["ignore", "ignore", "ignore"] });
  console.log("first", (await ask()).status); setInterval(() => {}, 1000);
`

export const USAGE = { inputTokens: 50, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
/** The cost of every request of these agents. */
export const REQUEST_TOKENS = 100

export interface LifecycleHost extends CliHost {
  readonly ledger: Ledger
  launch(prompt: string, ...flags: readonly string[]): Promise<Program>
  /** The newest run. */
  loadRun(): Promise<Run>
  /** Launcher, proxy and bottle of the newest run, all alive. */
  loadParts(): Promise<readonly ProcessIdentity[]>
  listSteps(): Promise<readonly string[]>
  stateFolder(slug: string, ...names: readonly string[]): string
}

export async function openLifecycleHost(script: string, options: CliHostOptions = {}): Promise<LifecycleHost> {
  const host = await openCliHost({ reply: () => ({ text: "ok", usage: USAGE }), ...options })
  await host.write("bottles/dev.md", scriptBottle(script))
  await host.write("agents/impl.md", agentIn("dev"))
  // Opening creates it; the command line is told apart from this process by its locks only.
  const ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const loadRun = async () => (await ledger.listRuns({ all: true }))[0]!

  return {
    ...host,
    ledger,
    loadRun,
    async launch(prompt, ...flags) {
      const program = host.start("start", "impl", "--headless", "--prompt", prompt, ...flags)
      await program.untilStdout(/first/)
      return program
    },
    async loadParts() {
      const { slug, launcher, proxy } = await loadRun()
      const { bottle } = JSON.parse(readFileSync(join(host.root, "state", slug, "launch.json"), "utf8"))
      const parts = [launcher, proxy!, bottle]
      if (!parts.every(isProcessAlive)) throw new Error("Some part of the run is not alive")
      return parts
    },
    listSteps: async () => (await ledger.listEnforcement((await loadRun()).slug)).map(describeStep),
    stateFolder: (slug, ...names) => join(host.root, "state", slug, ...names),
    async [Symbol.asyncDispose]() {
      // A launcher in the background is nobody's child: a test that fails must not leave it.
      for (const { launcher, proxy } of await ledger.listRuns({ all: true })) {
        killProcess(launcher)
        // A stopped one does not see that its launcher is gone.
        if (proxy !== undefined) killProcess(proxy)
      }
      await ledger.close()
      await host[Symbol.asyncDispose]()
    },
  }
}

function describeStep({ kind, trigger, outcome, error }: EnforcementRow): string {
  return `${kind} by ${trigger}: ${outcome}${error === undefined ? "" : ` (${error})`}`
}
