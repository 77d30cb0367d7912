// Launches a throwaway bottle with one backend, exactly as `start` would, and returns the findings
// of its self-test. On a host folder of its own: nothing of the operator's is read or kept.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BackendName } from "@bot-bottle/bottle"
import { OperatorProblem, type SelfTestFinding, sanitizeLine } from "@bot-bottle/contracts"
import { askNobody, type ControlEvent, IsolationFailed, start } from "@bot-bottle/control"
import { ensureHostRoot } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { describeEvent } from "../messages/describe-event.ts"
import { listenForStop } from "../stop-signals.ts"

export type IsolationResult =
  | { readonly outcome: "tried"; readonly findings: readonly SelfTestFinding[] }
  /** The bottle was not built, or ended before it could try. */
  | { readonly outcome: "not-tried"; readonly detail: string; readonly fix: string | undefined }

const MANIFESTS = {
  "bottles/probe.md":
    "---\nagent_provider: { template: command, argv: ['true'] }\negress: { routes: [{ host: listed.example.com }] }\n---\n",
  "agents/probe.md": "---\nbottle: probe\n---\nDoes nothing: its bottle is what is looked at.\n",
}

export async function probeIsolation(host: Host, backend: BackendName): Promise<IsolationResult> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bot-bottle-probe-")))
  try {
    writeManifests(root)
    return await launchOnce({ ...host.env, root, cwd: root }, backend)
  } catch (error) {
    if (error instanceof IsolationFailed) return { outcome: "tried", findings: error.findings }
    if (error instanceof OperatorProblem) return { outcome: "not-tried", detail: error.message, fix: error.hint }
    throw error
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function launchOnce(env: Host["env"], backend: BackendName): Promise<IsolationResult> {
  let findings: readonly SelfTestFinding[] | undefined
  let proxySaid = ""
  // Before the agent starts, only what builds the bottle writes here.
  let bottleSaid = ""
  const onOutput = async (bytes: Uint8Array) => {
    bottleSaid = (bottleSaid + Buffer.from(bytes).toString()).slice(-MAX_OUTPUT)
  }
  const notify = (event: ControlEvent) => {
    if (event.kind === "run-started") findings = event.selfTest
    if (event.kind === "proxy-stderr") proxySaid = event.line
  }
  using stop = listenForStop()
  const launched = await start(
    { env, notify, describe: describeEvent },
    { agent: "probe", agentArguments: [], headless: true, prompt: "x", backend },
    { ask: askNobody, confirm: "given", mode: { kind: "piped", onOutput }, signal: stop.signal },
  )
  if (findings !== undefined) return { outcome: "tried", findings }
  if (launched.outcome !== "ended") return { outcome: "not-tried", detail: "the launch was declined", fix: undefined }
  const { end } = launched
  const [ended] = end.cause.kind === "agent" ? [] : describeEvent({ kind: "run-ended", end })
  const detail = ended ?? composeReason({ bottleSaid, proxySaid, exitCode: end.exitCode })
  return { outcome: "not-tried", detail, fix: undefined }
}

const MAX_OUTPUT = 4096

/** Exported for its test. The last line of either says most; neither may have said anything. */
export function composeReason({
  bottleSaid,
  proxySaid,
  exitCode,
}: {
  readonly bottleSaid: string
  readonly proxySaid: string
  readonly exitCode: number
}): string {
  const lastLine = bottleSaid.split(/[\r\n]+/).findLast((line) => line.trim() !== "")
  const said = [lastLine, proxySaid]
    .filter((one) => one !== undefined && one !== "")
    .map((one) => sanitizeLine(one ?? ""))
  return [`it ended with exit code ${exitCode} before its self-test`, ...said].join("; ")
}

function writeManifests(root: string): void {
  for (const folder of ["bottles", "agents"]) ensureHostRoot(join(root, folder))
  for (const [path, text] of Object.entries(MANIFESTS)) writeFileSync(join(root, path), text, { mode: 0o600 })
}
