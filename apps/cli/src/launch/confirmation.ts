// The confirmation of a launch in the foreground that a launcher in the background holds itself to.

import type { Confirmed } from "@bot-bottle/contracts"
import { hashManifests, hashPolicy } from "./launch-hashes.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import type { SessionMode } from "./session-stdio.ts"

/** Where a run is launched to. */
export interface Place {
  readonly mode: SessionMode
  readonly onRunning?: OnRunning
}

export function confirmationOf(launch: ResolvedLaunch): Confirmed {
  return { policyHash: hashPolicy(launch.routes), manifestHash: hashManifests(launch.agent, launch.bottle) }
}

export type OnRunning = (slug: string) => void

/** What a person said in the foreground. */
export interface Confirmation {
  ask(prompt: string): Promise<string>
  /** Throws when what is about to be launched is not what was shown. */
  check(launch: ResolvedLaunch): void
}
