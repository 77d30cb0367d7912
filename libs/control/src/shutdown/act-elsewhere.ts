// An operator's action on a run of another host: it goes there through the shared ledger, and
// that host does it as if it had been asked there.

import { formatAge, type HostId, OperatorProblem, type Slug } from "@bot-bottle/contracts"
import type { Ledger, RemoteAction } from "@bot-bottle/ledger"
import { loadAnyRun } from "../client/find-run.ts"
import type { ControlHost } from "../host.ts"

/** A freeze waits for its launcher. */
const ANSWER_TIMEOUT_MS = 20_000

/** False for a run of this host: the caller acts. Throws OperatorProblem for what the other host could not do. */
export async function actElsewhere(
  { env, notify }: Pick<ControlHost, "env" | "notify">,
  ledger: Ledger,
  slug: Slug,
  kind: RemoteAction["kind"],
): Promise<boolean> {
  const run = await loadAnyRun(ledger, slug)
  if (run.host === ledger.host || ledger.fleet === undefined) return false
  if (run.status === "killed") {
    throw new OperatorProblem(`run '${slug}' is killed already`, { hint: "see 'bot-bottle list --all'" })
  }
  const onWait = (silentMs: number | undefined) =>
    notify({ kind: "host-wait", host: run.host, slug, action: kind, ...(silentMs === undefined ? {} : { silentMs }) })
  const action = { kind, actor: env.operator }
  const answer = await ledger.fleet.ask(run, action, { timeoutMs: ANSWER_TIMEOUT_MS, onWait })
  switch (answer.outcome) {
    case "done":
      return true
    case "failed":
      throw new OperatorProblem(`${run.host} could not do it: ${answer.error}`, { hint: "see 'bot-bottle list --all'" })
    case "no-answer":
      throw new OperatorProblem(describeNoAnswer(run.host, slug, kind, answer), {
        hint: answer.isHeard
          ? "see 'bot-bottle list --all'"
          : "a host answers while one of its runs or a worker is running",
      })
  }
}

function describeNoAnswer(
  host: HostId,
  slug: Slug,
  kind: RemoteAction["kind"],
  { isHeard, silentMs }: { readonly isHeard: boolean; readonly silentMs?: number },
): string {
  if (isHeard) return `${host} was asked to ${kind} ${slug}, and has not finished yet`
  const since = silentMs === undefined ? "does not answer" : `was last seen ${formatAge(silentMs)} ago`
  return `${host} ${since}; it will ${kind} ${slug} once it listens again`
}
