// Launches that the orchestrator asks for: processes of their own, in sessions of their own, so
// that an orchestrator that dies takes no agent with it. Their files say how far each has come.

import { closeSync, openSync } from "node:fs"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { FORGE_LAUNCHES_FOLDER, forgeLaunchFiles, type ProcessIdentity, type Secret } from "@bot-bottle/contracts"
import { forgeLaunchSchema, MAX_FORGE_LAUNCH } from "@bot-bottle/contracts/messages/forge/forge-launch"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { type ForgeState, listIfThere, readIfThere } from "@bot-bottle/forge"
import type { LaunchSeen } from "../decide/decide-next.ts"

export interface Launches {
  find(launchId: string): Promise<LaunchSeen>
  writePrompt(launchId: string, prompt: string): Promise<void>
  begin(state: ForgeState): Promise<void>
  /** Removes the prompts and logs of a run's launches. */
  forget(slug: string): Promise<void>
}

export interface LaunchesOptions {
  readonly root: string
  /** Starts `bot-bottle`. */
  readonly command: readonly string[]
  readonly api: string
  readonly token: Secret
  /** Of this process: the launcher finds the host's credentials in it. */
  readonly environment: Readonly<Record<string, string>>
  readonly isAlive: (process: ProcessIdentity) => boolean
}

export function createLaunches({ root, command, api, token, environment, isAlive }: LaunchesOptions): Launches {
  const folder = join(root, FORGE_LAUNCHES_FOLDER)
  const pathOf = (launchId: string, kind: "record" | "prompt" | "log") => join(folder, forgeLaunchFiles(launchId)[kind])
  /** Between the start of a process and its first word. */
  const started = new Map<string, { isOver: boolean }>()

  async function read(launchId: string) {
    const text = await readIfThere(pathOf(launchId, "record"))
    return text === undefined ? undefined : parseMessage(forgeLaunchSchema, text, { maxLength: MAX_FORGE_LAUNCH })
  }

  return {
    async find(launchId) {
      const parsed = await read(launchId)
      if (parsed?.outcome === "parsed") {
        const launch = parsed.message
        if (launch.kind !== "begun") return launch
        return isAlive(launch.launcher) ? { kind: "under-way" } : { kind: "failed", message: "the launcher died" }
      }
      // The file is made before it is written; a process of ours that ended without one has said why in its log.
      const own = started.get(launchId)
      if (own?.isOver === false) return { kind: "under-way" }
      return own === undefined && parsed === undefined
        ? { kind: "not-begun" }
        : { kind: "failed", message: await lastWords(pathOf(launchId, "log")) }
    },

    async writePrompt(launchId, prompt) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(pathOf(launchId, "prompt"), prompt, { mode: 0o600 })
    },

    async forget(slug) {
      const names = await listIfThere(folder)
      for (const name of names.filter((one) => one.endsWith(".json"))) {
        const launchId = name.slice(0, -".json".length)
        const parsed = await read(launchId)
        if (parsed?.outcome !== "parsed" || parsed.message.kind !== "up" || parsed.message.slug !== slug) continue
        // The record last: what a kill leaves is found again.
        for (const kind of ["prompt", "log", "record"] as const) await rm(pathOf(launchId, kind), { force: true })
      }
    },

    async begin(state) {
      const { launch_id: id, launch_kind: kind } = state
      const log = openSync(pathOf(id, "log"), "a", 0o600)
      const child = Bun.spawn(
        [
          ...command,
          "orchestrate",
          ...(kind === "start" ? startArguments(state) : ["resume", "--slug", state.slug]),
          "--prompt-file",
          pathOf(id, "prompt"),
        ],
        {
          cwd: "/",
          stdin: "ignore",
          stdout: log,
          stderr: log,
          detached: true,
          env: { ...environment, ...forgeEnvironment(state, { api, token }), FORGE_LAUNCH_ID: id },
        },
      )
      closeSync(log)
      child.unref()
      const entry = { isOver: false }
      started.set(id, entry)
      void child.exited.then(() => {
        entry.isOver = true
      })
    },
  }
}

function startArguments({ agent_name, bottle_names, issue_number }: ForgeState): readonly string[] {
  return [
    "start",
    "--agent",
    agent_name,
    ...bottle_names.flatMap((name) => ["--bottle", name]),
    "--label",
    `${agent_name}-${issue_number}`,
  ]
}

function forgeEnvironment(
  state: ForgeState,
  { api, token }: { readonly api: string; readonly token: Secret },
): Readonly<Record<string, string>> {
  return {
    FORGE_GITEA_API: api,
    FORGE_TOKEN: token.reveal(),
    FORGE_OWNER: state.owner,
    FORGE_REPO: state.repo,
    FORGE_ISSUE_NUMBER: `${state.issue_number}`,
    FORGE_PR_NUMBER: state.pr_number === null ? "" : `${state.pr_number}`,
  }
}

/** An operator's problem is the last thing a command says. */
async function lastWords(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "")
  const lines = text.trim().split("\n").slice(-6)
  const said = lines.filter((line) => line.startsWith("bot-bottle: ")).map((line) => line.slice("bot-bottle: ".length))
  return said.length > 0 ? said.join("; ") : "the launcher ended without a word"
}
