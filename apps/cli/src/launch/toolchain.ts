// The harness's own programs, installed on the host once and shown to every bottle.

import { installToolchain } from "@bot-bottle/bottle"
import type { Provider, Toolchain } from "@bot-bottle/providers"
import type { Host } from "../host.ts"
import { openProgress } from "../terminal/progress.ts"

/** The folder to mount; undefined for a provider whose program the system has. */
export async function ensureToolchain({ env, screen }: Host, provider: Provider): Promise<string | undefined> {
  if (provider.toolchain === undefined) return undefined
  const { npmPackage, version } = provider.toolchain
  const executable = executableOf(provider.toolchain)
  using progress = openProgress(screen)
  return await installToolchain(
    { root: env.root, provider: provider.name, npmPackage, version, executable },
    ({ kind, what }) => {
      if (kind === "installing") progress.say(`installing ${what}`)
      if (kind === "waiting") progress.say(`waiting for another launch to install ${what}`)
    },
  )
}

/** From the toolchain folder, for this machine's processor. */
export function executableOf({ executable, executableByArch }: Toolchain): string {
  return executableByArch?.[process.arch] ?? executable
}
