// The harness's own programs, installed on the host once and shown to every bottle.

import { type Backend, openBackend } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { ClaimsLedger } from "@bot-bottle/ledger"
import type { Toolchain } from "@bot-bottle/providers"
import { installToolchain, isToolchainInstalled } from "@bot-bottle/run-state"
import type { ControlHost } from "../host.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { turnOf } from "./claims.ts"
import { loadOwnIdentity } from "./own-identity.ts"

/** The folder to mount; undefined for a provider whose program the system has. */
export async function ensureToolchain(
  { env, notify }: ControlHost,
  ledger: ClaimsLedger,
  { provider, backendName }: Pick<ResolvedLaunch, "provider" | "backendName">,
): Promise<string | undefined> {
  if (provider.toolchain === undefined) return undefined
  const { npmPackage, version } = provider.toolchain
  const executable = executableOf(provider.toolchain)
  const request = { root: env.root, provider: provider.name, npmPackage, version, executable }
  if (!isToolchainInstalled(request)) await requireIsolation(await openBackend(backendName, env))
  const steps: string[] = []
  try {
    return await installToolchain(request, {
      turn: turnOf(ledger, "toolchain", loadOwnIdentity()),
      onProgress({ kind: step, what }) {
        if (step === "installed") return
        steps.push(what)
        notify({ kind: "toolchain-install", step, what })
      },
    })
  } finally {
    for (const what of steps.slice(-1)) notify({ kind: "toolchain-install", step: "done", what })
  }
}

/** From the toolchain folder, for this machine's processor. */
export function executableOf({ executable, executableByArch }: Toolchain): string {
  return executableByArch?.[process.arch] ?? executable
}

/** Nobody should wait for a download that nothing here could run. */
async function requireIsolation(backend: Backend): Promise<void> {
  const { usable, findings } = await backend.probe()
  if (usable) return
  const missing = findings.find(({ ok, isOptional }) => !ok && isOptional !== true)
  throw new OperatorProblem(`No isolation available: ${missing?.check}: ${missing?.detail}`, {
    hint: missing?.fix ?? "see 'bot-bottle doctor'",
    exitCode: 3,
  })
}
