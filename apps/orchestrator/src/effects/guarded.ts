// The effects of a look under a lease: whatever others can see asks first whether the lease still holds. A host
// that was stopped for a while, or cut off, must not act for an issue that another one has by now.

import type { WatchedForge } from "@bot-bottle/forge"
import type { HostRuns } from "./host-runs.ts"
import type { Launches } from "./launches.ts"

export interface Effects {
  readonly forge: WatchedForge
  readonly launches: Launches
  readonly runs: HostRuns
}

/** `check` throws when the lease is lost. */
export function guardEffects({ forge, launches, runs }: Effects, check: () => void): Effects {
  return {
    forge: {
      ...forge,
      async postComment(number, body) {
        check()
        return await forge.postComment(number, body)
      },
    },
    launches: {
      ...launches,
      async begin(state) {
        check()
        await launches.begin(state)
      },
      async forget(slug) {
        check()
        await launches.forget(slug)
      },
    },
    runs: {
      ...runs,
      async freeze(slug) {
        check()
        await runs.freeze(slug)
      },
      async kill(slug) {
        check()
        await runs.kill(slug)
      },
    },
  }
}
