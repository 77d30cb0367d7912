// The host's runs through libs/control.

import {
  type ControlHost,
  isGone,
  isLive,
  keepEndedRun,
  loadOwnIdentity,
  loadRunFacts,
  openHostLedger,
  openLibrary,
  openRun,
} from "@bot-bottle/control"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { RunSeen } from "../decide/decide-next.ts"
import type { HostRuns } from "./host-runs.ts"

export function openHostRuns(host: ControlHost): HostRuns {
  async function find(slug: string): Promise<RunSeen> {
    await using ledger = await openHostLedger(host)
    const run = await ledger.findRun(slug)
    if (run === undefined) return "absent"
    if (isLive(run)) return "live"
    if (isGone(run)) return "killed"
    return run.status === "frozen" ? "frozen" : "ended"
  }

  return {
    find,

    async freeze(slug) {
      const seen = await find(slug)
      if (seen === "ended") await keepEndedRun(host, slug)
      if (seen !== "live") return
      try {
        await openRun(host, slug).freeze()
      } catch (error) {
        // It may have ended meanwhile; anything else is for the next look.
        if ((await find(slug)) === "live") throw error
      }
    },

    async kill(slug) {
      const seen = await find(slug)
      if (seen === "killed" || seen === "absent") return
      try {
        await openRun(host, slug).kill()
      } catch (error) {
        // Its launcher may be carrying out a kill of before: an orchestrator that died had asked for it.
        if ((await find(slug)) !== "killed") throw error
      }
    },

    loadFacts: (slug) => loadRunFacts(host, slug),

    async claimRepository(name) {
      await using ledger = await openHostLedger(host)
      const claim = { kind: "orchestrate", name: name.toLowerCase(), holder: loadOwnIdentity() } as const
      return (await ledger.claim(claim, isProcessAlive)) !== "taken"
    },

    async knows(kind, name) {
      const library = await openLibrary(host)
      try {
        if (kind === "agent") library.loadAgent(name)
        else library.loadBottles([name])
        return true
      } catch {
        return false
      }
    },
  }
}
