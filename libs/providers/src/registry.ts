// The harnesses this build can run. `docs/changing-things.md` lists what else a new one needs.

import { claude } from "./claude/claude.ts"
import { codex } from "./codex/codex.ts"
import { command } from "./command/command.ts"
import { pi } from "./pi/pi.ts"
import type { Provider } from "./provider.ts"

const PROVIDERS: readonly Provider[] = [claude, codex, pi, command]

export function findProvider(name: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.name === name)
}

export function listProviders(): readonly Provider[] {
  return PROVIDERS
}

/** The same with the defaults of those that take settings: their hosts and credentials are known only then. */
export function listConfiguredProviders(): readonly Provider[] {
  return listProviders().map((provider) => {
    const configured = provider.configure?.({})
    return configured?.outcome === "configured" ? configured.provider : provider
  })
}
