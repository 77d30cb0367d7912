// The host's runs through libs/control.

import type { Run } from "@bot-bottle/contracts"
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
  async function load(slug: string): Promise<Run | undefined> {
    await using ledger = await openHostLedger(host)
    return await ledger.findRun(slug)
  }

  async function find(slug: string): Promise<RunSeen> {
    const run = await load(slug)
    if (run === undefined) return "absent"
    if (isLive(run)) return "live"
    if (isGone(run) || run.status === "killed") return "killed"
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
      if (seen === "absent") return
      try {
        if (seen !== "killed") await openRun(host, slug).kill()
      } catch (error) {
        // Its launcher may be carrying out a kill of before: an orchestrator that died had asked for it.
        if ((await find(slug)) !== "killed") throw error
      }
      // A kill keeps what the run wrote, for a review; here the pull request was that.
      // Also of one that is marked as removed: whoever marked it may have died before its files were gone.
      const run = await load(slug)
      if (run?.status === "killed") await openRun(host, slug).remove()
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
