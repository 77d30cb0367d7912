// The harness's own programs, installed on the host once and shown to every bottle.

import type { Backend } from "@bot-bottle/bottle"
import { openBackend } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { ClaimsLedger } from "@bot-bottle/ledger"
import type { Toolchain } from "@bot-bottle/providers"
import { installToolchain, isToolchainInstalled } from "@bot-bottle/run-state"
import type { Host } from "../host.ts"
import { turnOf } from "../runs/claims.ts"
import { openProgress } from "../terminal/progress.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"

/** The folder to mount; undefined for a provider whose program the system has. */
export async function ensureToolchain(
  { env, screen }: Host,
  ledger: ClaimsLedger,
  { provider, backendName }: Pick<ResolvedLaunch, "provider" | "backendName">,
): Promise<string | undefined> {
  if (provider.toolchain === undefined) return undefined
  const { npmPackage, version } = provider.toolchain
  const executable = executableOf(provider.toolchain)
  const request = { root: env.root, provider: provider.name, npmPackage, version, executable }
  if (!isToolchainInstalled(request)) await requireIsolation(await openBackend(backendName, env))
  using progress = openProgress(screen)
  return await installToolchain(request, {
    turn: turnOf(ledger, "toolchain", loadOwnIdentity()),
    onProgress({ kind, what }) {
      if (kind === "installing") progress.say(`installing ${what}`)
      if (kind === "waiting") progress.say(`waiting for another launch to install ${what}`)
    },
  })
}

/** From the toolchain folder, for this machine's processor. */
export function executableOf({ executable, executableByArch }: Toolchain): string {
  return executableByArch?.[process.arch] ?? executable
}

/** Nobody should wait for a download that nothing here could run. */
async function requireIsolation(backend: Backend): Promise<void> {
  const { usable, findings } = await backend.probe()
  if (usable) return
  const missing = findings.find(({ ok }) => !ok)
  throw new OperatorProblem(`No isolation available: ${missing?.check}: ${missing?.detail}`, {
    hint: missing?.fix ?? "see 'bot-bottle doctor'",
    exitCode: 3,
  })
}
