// The harnesses this build can run. Adding one is a folder and a line here.

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
