// The host of the soak: one root and one ledger for all its runs, a provider in every mood,
// and runs that continue until something ends them.

import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { GUEST } from "@bot-bottle/bottle"
import { type Program, startProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, programBottle } from "../cli/cli-host.ts"
import { createMoodyProvider, type MoodyProvider } from "./moody-provider.ts"

export interface SoakHost extends CliHost {
  /** In the path of everything this host has: what its processes and mounts are found by. */
  readonly marker: string
  readonly ledgerPath: string
  readonly provider: MoodyProvider
  startRun(run: SoakRun): Promise<Program>
}

export interface SoakRun {
  /** Its label, and the beginning of the models of all its requests. */
  readonly name: string
  readonly seed: number
  readonly workers: number
  readonly gate: "reserve" | "off"
}

export const HOST_LIMIT_TOKENS = 1_000_000_000
const AGENT = fileURLToPath(import.meta.resolve("./guest/soak-agent.ts"))

export async function openSoakHost(seed: number): Promise<SoakHost> {
  const provider = createMoodyProvider(seed)
  const host = await openCliHost({ reply: provider.reply })
  const settings = await Bun.file(join(host.root, "settings.yml")).text()
  const script = await Bun.file(AGENT).text()
  await host.write("bottles/dev.md", programBottle([`${GUEST.runtime}/bun`, "-e", script]))
  await host.write("agents/soak.md", agentIn("dev"))

  return {
    ...host,
    provider,
    marker: basename(dirname(host.root)),
    ledgerPath: join(host.root, "bot-bottle.db"),
    async startRun({ name, seed: runSeed, workers, gate }) {
      await host.write("settings.yml", `${settings}gate: ${gate}\nbudget:\n  claude: ${HOST_LIMIT_TOKENS}\n`)
      const flags = ["--headless", "--prompt", "work", "--label", name]
      // The proxy gets nothing else of ours, so PATH is what it is found by. The start drops entries of its own folder.
      const env = { ...host.env, PATH: `${Bun.env["PATH"]}:${host.root}` }
      const argv = [...CLI, "start", "soak", ...flags, "--", name, `${workers}`, `${runSeed}`]
      return startProgram(argv, { cwd: host.cwd, env })
    },
  }
}
