// Adds to a bottle what goes with `supervise: true`: the tools for the harness. The `ask` command
// and the paragraph on it go with every such run, whatever runs in it.

import { mkdirSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { type GuestProgram, guestProgram, INTERNAL_HOST, type RunFolders } from "@bot-bottle/contracts"
import type { GuestNeeds } from "@bot-bottle/providers"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"

const ASK_MCP = { kind: "http", name: "supervise", url: `http://supervise.${INTERNAL_HOST}/mcp` } as const

/** Nothing for a harness that knows no MCP: it has the command. */
export function askNeeds({ provider, bottle }: ResolvedLaunch): GuestNeeds {
  const tools = bottle.supervise ? provider.registerMcp?.(ASK_MCP) : undefined
  return tools ?? { env: {}, files: [], args: [] }
}

/** A script in the guest share, which the bottle cannot write. */
export function writeGuestCommand({ guestShare }: RunFolders, name: Extract<GuestProgram, "ask" | "forge">): void {
  const folder = join(guestShare, basename(GUEST.commands))
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const program = guestProgram(GUEST.runtime, name)
  writeFileSync(join(folder, name), `#!/bin/sh\nexec ${program.join(" ")} "$@"\n`, { mode: 0o755 })
}
