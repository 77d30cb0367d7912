// `why`: what became of one line of a run's egress log, which rule decided it, and the smallest edit
// that would turn it around now. A run alone means its last refusal.

import { formatTime, OperatorProblem, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import type { EgressEvent } from "@bot-bottle/contracts/messages/egress-event"
import { openHostLedgerToRead } from "@bot-bottle/control"
import { explain, requestOfEvent } from "@bot-bottle/policy"
import { noRouteFor } from "@bot-bottle/view"
import { chooseRun } from "../../choose-run/choose-run.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { describeEgress } from "../../messages/describe-egress.ts"
import { loadBottlePolicy } from "../../policy/bottle-policy.ts"
import { verdictJson, verdictLines, wordVerdict } from "../../policy/describe-verdict.ts"
import { recordedEvents } from "../../policy/recorded-events.ts"
import { wrapText } from "../../terminal/wrap-text.ts"

export interface WhyFlags {
  readonly json?: boolean
}

/** `name`: a run, or `run/event` as `logs --egress` prints it. */
export async function runWhy(host: Host, name: string | undefined, flags: WhyFlags): Promise<number> {
  const [run, id] = splitName(name)
  const slug = await chooseRun(host, run, { live: false })
  if (slug === undefined) return 0
  const event = await findEvent(host, slug, id)
  const { screen } = host
  const show = (line: string) => {
    for (const part of wrapText(line, { width: screen.width, hang: 9 })) screen.print(part)
  }
  const request = requestOfEvent(event)
  const closed = event.reason === undefined ? undefined : noRouteFor(event.reason)
  if (flags.json !== true) show(`${slug}/${event.id ?? ""}  ${describeEgress(event, Date.now())}`)

  if (request === undefined || closed !== undefined) {
    const why = closed ?? "It carried no request that a route could judge."
    if (flags.json === true) screen.print(JSON.stringify({ event, now: null, why }, null, 2))
    else show(`  ${"why".padEnd(7)}${sanitizeLine(why)}`)
    return 0
  }
  const policy = await loadBottlePolicy(host, await bottlesOf(host, slug))
  const explanation = explain(policy.table, request)
  if (flags.json === true) {
    screen.print(JSON.stringify({ event, now: verdictJson(request, explanation, policy.name), why: null }, null, 2))
    return 0
  }
  const was = event.kind === "denied" ? "deny" : "allow"
  if (event.kind === "observed") show(`  ${"then".padEnd(7)}no route listed it; the run was started with --observe`)
  else if (explanation.verdict.outcome !== was)
    show(`  ${"then".padEnd(7)}${event.kind}; the policy has changed since ${formatTime(Date.parse(event.at))}`)
  for (const line of verdictLines(wordVerdict(request, explanation, { bottle: policy.name }))) show(`  ${line}`)
  return 0
}

function splitName(name: string | undefined): readonly [run: string | undefined, id: string | undefined] {
  // A label may hold a slash as well.
  const [, run, id] = /^(.+)\/([0-9a-z]{8,9}(?:-[0-9a-z]+)?)$/.exec(name ?? "") ?? []
  return run === undefined ? [name, undefined] : [run, id]
}

async function findEvent(host: Host, slug: Slug, id: string | undefined): Promise<EgressEvent> {
  let last: EgressEvent | undefined
  for await (const event of recordedEvents(host, slug)) {
    if (id === undefined ? event.kind === "denied" : event.id === id) last = event
    if (last !== undefined && id !== undefined) return last
  }
  if (last !== undefined) return last
  throw id === undefined
    ? new OperatorProblem(`run '${slug}' has no refusal in its log`, { hint: `bot-bottle logs ${slug} --egress` })
    : new OperatorProblem(`run '${slug}' has no event '${sanitizeLine(id)}' in its log`, {
        hint: `bot-bottle logs ${slug} --egress prints them`,
      })
}

async function bottlesOf(host: Host, slug: Slug): Promise<readonly string[]> {
  // The look into the log has said what is amiss with the ledger.
  await using ledger = await openHostLedgerToRead(ledgerHost(host))
  return (await ledger.findRun(slug))?.bottles ?? []
}
