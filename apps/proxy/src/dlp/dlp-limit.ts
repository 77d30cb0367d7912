// Cuts a run off that keeps sending the host's credentials.
//
// Each refusal tells the agent that a guess was right. With the beginning of a credential, or a
// list of likely passwords, it would learn the rest one refusal at a time. A client that picked one
// up by accident is refused a few times and stops; this many are an attempt.
//
// A match of anybody's credential does not count: such a refusal says nothing about the host's.

import type { ProxyReport, Slug } from "@bot-bottle/contracts"
import { KNOWN_SECRETS } from "@bot-bottle/egress"
import type { Ledger } from "@bot-bottle/ledger"
import { describeDlpCutoff } from "../describe-denial.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { LedgerWrites } from "../meter/ledger-writes.ts"
import type { DlpMatch } from "./dlp-match.ts"

export interface DlpLimit {
  count(match: Pick<DlpMatch, "detector" | "outcome">): void
}

export interface DlpLimitOptions {
  readonly slug: Slug
  readonly egress: Pick<EgressSwitch, "cut" | "cutState">
  readonly ledger: Pick<Ledger, "beginEnforcement" | "finishEnforcement" | "updateRunAsSeen">
  readonly writes: LedgerWrites
  readonly report: (report: ProxyReport) => void
  readonly most?: number
}

const MAX_MATCHES = 20

export function createDlpLimit(options: DlpLimitOptions): DlpLimit {
  const { slug, egress, ledger, writes, report, most = MAX_MATCHES } = options
  let matches = 0

  function cut(): void {
    const denial = describeDlpCutoff(slug, matches)
    if (!egress.cut({ metered: denial, others: denial })) return
    report({ kind: "dlp-limit", matches })
    let step: number | undefined
    writes.enqueue(async () => {
      step ??= await ledger.beginEnforcement({ slug, kind: "cutoff", trigger: "watchdog", actor: "bot-bottle" })
      // An operator may have restored the run while the ledger was not to be had.
      if (egress.cutState !== undefined)
        await ledger.updateRunAsSeen({ slug, status: "running", launcher: "any" }, { status: "cut" })
      await ledger.finishEnforcement(step, { outcome: "done" })
    })
  }

  return {
    count({ detector, outcome }) {
      // A request that waited in vain tells of a guess as much as one that is refused.
      if (detector !== KNOWN_SECRETS || (outcome !== "blocked" && outcome !== "held")) return
      matches += 1
      if (matches < most) return
      cut()
      // Restoring the run allows as many again.
      matches = 0
    },
  }
}
