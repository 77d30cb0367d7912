// `policy propose`: the smallest routes that cover what a run did and its bottle refuses, as lines of
// the bottle's file. Nothing is written without --write and a yes.

import { formatCounted, OperatorProblem, quoteCommand, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { openHostLedgerToRead } from "@bot-bottle/control"
import { shownPath } from "@bot-bottle/manifest"
import {
  judge,
  type Left,
  type PolicyRequest,
  type PolicyRoute,
  type PolicyTable,
  type Proposal,
  proposeRoutes,
  requestOfEvent,
  routesOf,
  showRequest,
  tableOf,
} from "@bot-bottle/policy"
import { noRouteFor } from "@bot-bottle/view"
import { loadBottleFile, openLibraryOf, reloadRunsOf, showLines, writeChange } from "../../bottles/edit-bottle.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { type BottlePolicy, loadBottlePolicy } from "../../policy/bottle-policy.ts"
import { editProposed } from "../../policy/propose-edit.ts"
import { recordedEvents } from "../../policy/recorded-events.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"
import { printWrapped } from "../../terminal/print-wrapped.ts"

export interface ProposeFlags {
  readonly denied?: boolean
  readonly write?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

export async function runPolicyPropose(host: Host, slug: Slug, flags: ProposeFlags): Promise<number> {
  const policy = await loadBottlePolicy(host, await bottlesOf(host, slug))
  const requests = await readRequests(host, slug, flags.denied === true)
  const own = `bottle ${policy.name}`
  const proposal = proposeRoutes(policy.table, requests, ({ origin }) => origin === own)
  const replayed = replay(policy.table, proposal, requests)

  if (flags.json === true) host.screen.print(JSON.stringify(proposalJson(policy, proposal, replayed), null, 2))
  else await showProposal(host, { policy, proposal, replayed, slug, flags })
  return proposal.left.length === 0 ? 0 : 1
}

interface Replayed {
  readonly requests: number
  readonly allowed: number
  /** Own allow routes that the run did not use. */
  readonly unused: readonly PolicyRoute[]
}

/** Every request of the run again, under the routes as they would be. */
function replay(table: PolicyTable, { routes }: Proposal, requests: readonly PolicyRequest[]): Replayed {
  const next = tableOf([...table.routes, ...routesOf(routes)])
  const used = new Set<PolicyRoute>()
  let allowed = 0
  for (const request of requests) {
    const verdict = judge(next, request)
    if (verdict.outcome !== "allow") continue
    allowed += 1
    used.add(verdict.route)
  }
  const unused = table.routes.filter((route) => route.effect === "allow" && route.at !== undefined && !used.has(route))
  return { requests: requests.length, allowed, unused }
}

interface Shown {
  readonly policy: BottlePolicy
  readonly proposal: Proposal
  readonly replayed: Replayed
  readonly slug: Slug
  readonly flags: ProposeFlags
}

async function showProposal(host: Host, { policy, proposal, replayed, slug, flags }: Shown): Promise<void> {
  const { screen } = host
  const { routes, left } = proposal
  const bottle = loadBottleFile(openLibraryOf(host), policy.name)
  const texts = editProposed(bottle, routes)
  if (routes.length > 0) screen.print(shownPath(bottle.file))
  for (const [index, text] of texts.slice(1).entries()) showLines(screen, texts[index] ?? "", text)
  const count = formatCounted(routes.length, "new route")
  const say = (line: string) => printWrapped(screen, line, { hang: 2 })
  say(`${policy.name}: ${count}; with them ${replayed.allowed} of ${replayed.requests} requests are allowed`)
  for (const one of left.slice(0, MAX_LEFT)) say(screen.paint.named("yellow", `  not allowed: ${wordLeft(one)}`))
  if (left.length > MAX_LEFT) say(`  and ${left.length - MAX_LEFT} more`)
  for (const { host: name, at } of replayed.unused) say(`  not used by this run: ${name}, ${at}`)
  if (routes.length === 0) return
  const again = ["bot-bottle", "policy", "propose", slug, ...(flags.denied === true ? ["--denied"] : []), "--write"]
  if (flags.write !== true) return say(`write it: ${quoteCommand(again)}`)
  const without = quoteCommand([...again, "--yes"])
  if (!(await confirmWrite(screen, { given: flags.yes === true, question: "Write it?", without }))) return
  writeChange({ bottle, text: texts.at(-1) ?? bottle.text })
  await reloadRunsOf(host, policy.name)
}

const MAX_LEFT = 10

function wordLeft({ request, why }: Left): string {
  return sanitizeLine(`${showRequest(request)}: ${reasonOf(why)}`)
}

function reasonOf(why: Left["why"]): string {
  switch (why.kind) {
    case "denied":
      return `denied by ${why.route.at ?? why.route.origin}`
    case "spoken-for":
      return `${why.route.at ?? why.route.origin} speaks for this host; change it there`
    case "address":
      return "it names an address; a route for one needs 'inspect: false'"
    case "no-rule":
      return "no rule can allow this method"
  }
}

/** Each once. Throws OperatorProblem for a log that cannot say what the run did. */
async function readRequests(host: Host, slug: Slug, withDenied: boolean): Promise<readonly PolicyRequest[]> {
  const found = new Map<string, PolicyRequest>()
  let passed = 0
  for await (const event of recordedEvents(host, slug)) {
    if (event.kind === "denied" && (!withDenied || noRouteFor(event.reason ?? "cut-off") !== undefined)) continue
    const request = requestOfEvent(event)
    if (request === undefined || request.host.endsWith(INTERNAL_NAMES)) continue
    if (event.kind !== "denied") passed += 1
    found.set(showRequest(request), request)
  }
  if (passed > 0 || withDenied) return [...found.values()]
  throw new OperatorProblem(`the log of run '${slug}' holds no request that went through`, {
    hint: `to propose what it was refused: bot-bottle policy propose ${slug} --denied; to learn from a run: bot-bottle start --observe`,
  })
}

const INTERNAL_NAMES = ".bot-bottle.internal"

async function bottlesOf(host: Host, slug: Slug): Promise<readonly string[]> {
  // The look into the log has said what is amiss with the ledger.
  await using ledger = await openHostLedgerToRead(ledgerHost(host))
  return (await ledger.findRun(slug))?.bottles ?? []
}

function proposalJson({ name }: BottlePolicy, { routes, left }: Proposal, { requests, allowed, unused }: Replayed) {
  return {
    bottle: name,
    routes: routes.map(({ host, port, scheme, matches, requests: count }) => ({
      host,
      port,
      scheme,
      matches,
      requests: count,
    })),
    requests,
    allowed,
    left: left.map(({ request, why }) => ({ request: showRequest(request), why: why.kind })),
    unused: unused.map(({ host, at }) => ({ host, at })),
  }
}
