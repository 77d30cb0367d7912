// An operator's action on a run of another host: it goes there through the shared ledger, and
// that host does it as if it had been asked there.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import type { Ledger, RemoteAction } from "@bot-bottle/ledger"
import { loadAnyRun } from "../client/find-run.ts"

/** A freeze waits for its launcher. */
const ANSWER_TIMEOUT_MS = 20_000

/** False for a run of this host: the caller acts. Throws OperatorProblem for what the other host could not do. */
export async function actElsewhere(ledger: Ledger, slug: Slug, action: RemoteAction): Promise<boolean> {
  const run = await loadAnyRun(ledger, slug)
  if (run.host === ledger.host || ledger.fleet === undefined) return false
  if (run.status === "killed") {
    throw new OperatorProblem(`run '${slug}' is killed already`, { hint: "see 'bot-bottle list --all'" })
  }
  const answer = await ledger.fleet.ask(run, action, ANSWER_TIMEOUT_MS)
  switch (answer.outcome) {
    case "done":
      return true
    case "failed":
      throw new OperatorProblem(`${run.host} could not do it: ${answer.error}`, { hint: "see 'bot-bottle list --all'" })
    case "no-answer":
      throw new OperatorProblem(`${run.host} does not answer; it will ${action.kind} ${slug} once it does`, {
        hint: "a host answers while one of its runs or a worker is running",
      })
  }
}
