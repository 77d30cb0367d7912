// Finds the containers that are ours by their labels, and ends them.

import { basename, join } from "node:path"
import { asList, asText, OperatorProblem, type ProcessIdentity, parseJson } from "@bot-bottle/contracts"
import { type Engine, runDocker } from "./engine.ts"
import { LABELS } from "./labels.ts"

export interface OwnContainer {
  readonly id: string
  readonly stateFolder: string
  /** Its slug, if what the label says is one. */
  readonly slug: string
  /** The keeper that was to end it; it may be dead. */
  readonly process: ProcessIdentity
  readonly isRunning: boolean
}

const TIMEOUT_MS = 10_000
// As JSON: anybody's image may bring a label of this name, with line feeds in it.
const COLUMNS = `[${["{{json .ID}}", "{{json .State}}", jsonLabel(LABELS.process), jsonLabel(LABELS.state)].join(",")}]`

type Wanted =
  | { readonly process: ProcessIdentity }
  | { readonly stateFolder: string }
  /** All runs of one host folder. */
  | { readonly root: string }

/** Throws OperatorProblem when the engine cannot say. */
export async function listContainers(engine: Engine, wanted: Wanted): Promise<readonly OwnContainer[]> {
  const filter =
    "process" in wanted
      ? `${LABELS.process}=${wanted.process}`
      : "stateFolder" in wanted
        ? `${LABELS.state}=${wanted.stateFolder}`
        : LABELS.state
  const args = ["ps", "--all", "--no-trunc", "--filter", `label=${filter}`, "--format", COLUMNS]
  const { exitCode, stdout, problem } = await runDocker(engine, args, { timeoutMs: TIMEOUT_MS })
  if (exitCode !== 0) throw new OperatorProblem(`Cannot list containers: ${problem}`, { exitCode: 3 })
  const found = stdout.split("\n").flatMap(readRow)
  return "root" in wanted
    ? found.filter(({ stateFolder, slug }) => stateFolder === join(wanted.root, "state", slug))
    : found
}

function jsonLabel(name: string): string {
  return `{{json (.Label "${name}")}}`
}

function readRow(row: string): readonly OwnContainer[] {
  if (row === "") return []
  const [id = "", state, process = "", stateFolder = ""] = asList(parseJson(row)).map((cell) => asText(cell) ?? "")
  // Others are created, exited, dead or being removed: nothing of them runs.
  const isRunning = state === "running" || state === "paused" || state === "restarting"
  return [{ id, stateFolder, slug: basename(stateFolder), process: process as ProcessIdentity, isRunning }]
}

/** Nothing of them runs or is kept when this returns. Throws OperatorProblem when the engine did not do it. */
export async function removeContainers(engine: Engine, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const args = ["rm", "--force", "--volumes", ...ids]
  const { exitCode, problem } = await runDocker(engine, args, { timeoutMs: TIMEOUT_MS })
  if (exitCode === 0 || /No such container|already in progress/i.test(problem)) {
    await goneFrom(engine, ids)
    return
  }
  throw new OperatorProblem(`Cannot end a container: ${problem}`, {
    hint: `docker rm --force ${ids.join(" ")}`,
    exitCode: 3,
  })
}

const POLL_MS = 20

/** Somebody else may be removing one of them just now: `--rm` does. */
async function goneFrom(engine: Engine, ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS
  for (;;) {
    const args = ["ps", "--all", "--quiet", "--no-trunc", ...ids.flatMap((id) => ["--filter", `id=${id}`])]
    const { exitCode, stdout, problem } = await runDocker(engine, args, { timeoutMs: TIMEOUT_MS })
    if (exitCode === 0 && stdout === "") return
    if (exitCode !== 0 || Date.now() > deadline) {
      throw new OperatorProblem(`A container is not gone: ${problem || stdout}`, {
        hint: `docker rm --force ${ids.join(" ")}`,
        exitCode: 3,
      })
    }
    await Bun.sleep(POLL_MS)
  }
}
