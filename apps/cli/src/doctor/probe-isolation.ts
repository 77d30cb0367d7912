// Launches a throwaway bottle with one backend, exactly as `start` would, and returns the findings
// of its self-test. On a host folder of its own: nothing of the operator's is read or kept.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BackendName } from "@bot-bottle/bottle"
import { OperatorProblem, type SelfTestFinding } from "@bot-bottle/contracts"
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
  const notify = (event: ControlEvent) => {
    if (event.kind === "run-started") findings = event.selfTest
    if (event.kind === "proxy-stderr") proxySaid = event.line
  }
  using stop = listenForStop()
  const launched = await start(
    { env, notify, describe: describeEvent },
    { agent: "probe", agentArguments: [], headless: true, prompt: "x", backend },
    { ask: askNobody, confirm: "given", mode: { kind: "piped", onOutput: async () => {} }, signal: stop.signal },
  )
  if (findings !== undefined) return { outcome: "tried", findings }
  const cause = launched.outcome === "ended" ? launched.end.cause : undefined
  const [detail = proxySaid] =
    launched.outcome === "ended" ? describeEvent({ kind: "run-ended", end: launched.end }) : []
  return { outcome: "not-tried", detail: cause?.kind === "agent" ? proxySaid : detail, fix: undefined }
}

function writeManifests(root: string): void {
  for (const folder of ["bottles", "agents"]) ensureHostRoot(join(root, folder))
  for (const [path, text] of Object.entries(MANIFESTS)) writeFileSync(join(root, path), text, { mode: 0o600 })
}
