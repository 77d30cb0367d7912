// Launches a throwaway bottle with one backend, exactly as `start` would, and brings back what
// its self-test saw. On a host folder of its own: nothing of the operator's is read or kept.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BackendName } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { SelfTestFinding } from "@bot-bottle/guest"
import { ensureHostRoot, loadSettings, openManifestLibrary } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { IsolationFailed } from "../launch/check-isolation.ts"
import { chooseHeadless } from "../launch/choose-headless.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { prepareImage } from "../launch/prepare-image.ts"
import { spawnProxy } from "../launch/proxy-process.ts"
import { type ResolvedLaunch, resolveLaunch } from "../launch/resolve-launch.ts"
import { runSession } from "../launch/session.ts"

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
    return await launchOnce({ ...host, env: { ...host.env, root, cwd: root } }, backend)
  } catch (error) {
    if (error instanceof IsolationFailed) return { outcome: "tried", findings: error.findings }
    if (error instanceof OperatorProblem) return { outcome: "not-tried", detail: error.message, fix: error.hint }
    throw error
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function launchOnce(host: Host, backend: BackendName): Promise<IsolationResult> {
  await using ledger = await openHostLedger(host)
  const launch = await resolveProbe(host, backend)
  const image = await prepareImage(host, launch)
  let findings: readonly SelfTestFinding[] | undefined
  let proxySaid = ""
  await using proxy = spawnProxy({
    path: host.env.path,
    onStderr: (line) => {
      proxySaid = line
    },
  })
  const end = await runSession({
    env: host.env,
    ledger,
    launch,
    name: { label: "probe", color: "" },
    launcher: loadOwnIdentity(),
    proxy,
    toolchainFolder: undefined,
    image,
    stdio: () => ({ kind: "pipe" }),
    onStarted: ({ selfTest, bottle }) => {
      findings = selfTest
      void bottle.stdout?.cancel()
      void bottle.stderr?.cancel()
    },
    onReport: () => {},
  })
  if (findings !== undefined) return { outcome: "tried", findings }
  return { outcome: "not-tried", detail: end.explanation ?? proxySaid, fix: undefined }
}

function resolveProbe({ env }: Host, backend: BackendName): Promise<ResolvedLaunch> {
  const library = openManifestLibrary({ root: env.root, repoFolder: env.root })
  const chosen = chooseHeadless(library, { agent: "probe", agentArguments: [], prompt: "x" })
  return resolveLaunch(
    {
      ...chosen,
      settings: loadSettings(env.root),
      budget: undefined,
      shutdown: undefined,
      backend,
      agentArguments: [],
      workspace: "empty",
    },
    { find: env.find, ask: undefined },
  )
}

function writeManifests(root: string): void {
  for (const folder of ["bottles", "agents"]) ensureHostRoot(join(root, folder))
  for (const [path, text] of Object.entries(MANIFESTS)) writeFileSync(join(root, path), text, { mode: 0o600 })
}
