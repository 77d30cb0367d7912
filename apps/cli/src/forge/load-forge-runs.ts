// The runs that work on a forge, as `orchestrate status` shows them: those of an orchestrator's records, and
// those that were started by hand, which have a launch and no record.

import { forgeWebUrl, type HostId, type Run, type Slug } from "@bot-bottle/contracts"
import { findLaunchFacts, isGone, isLive, openForgeState, openHostLedgerToRead } from "@bot-bottle/control"
import { type ForgeState, findOpenedPullRequest, readCheckIn } from "@bot-bottle/forge"
import type { Ledger } from "@bot-bottle/ledger"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"

export interface ForgeRun {
  readonly owner: string
  readonly repo: string
  /** Null: started by hand, for no issue. */
  readonly issueNumber: number | null
  readonly prNumber: number | null
  /** `""` when no launch of it has succeeded. */
  readonly slug: Slug
  readonly agent: string
  readonly bottles: readonly string[]
  /** The host that has the run's files; undefined before there is a run. */
  readonly host: HostId | undefined
  readonly status: "running" | "frozen" | "ended" | "destroyed"
  /** Of the forge, for people; undefined when nothing says it. */
  readonly webUrl: string | undefined
  readonly usedTokens: number
  readonly startedAtMs: number | undefined
  /** Of its last call or Git command. */
  readonly lastCheckInMs: number | undefined
}

export interface ForgeRuns {
  readonly runs: readonly ForgeRun[]
  /** Files of the forge state that hold no whole record. */
  readonly unreadable: readonly string[]
}

export async function loadForgeRuns(host: Host, { all }: { readonly all: boolean }): Promise<ForgeRuns> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  const { states, unreadable } = await (await openForgeState(host.env.root, ledger)).all()
  const known = new Map((await ledger.listRuns({ all: true })).map((run) => [run.slug, run]))
  const kept = await Promise.all(
    states
      .filter(({ status }) => all || status !== "destroyed")
      .map((state) => fromRecord(host, ledger, state, known.get(state.slug))),
  )
  const slugs = new Set(states.map(({ slug }) => slug))
  const others = [...known.values()].filter((run) => !slugs.has(run.slug) && (all || !isOver(run)))
  const byHand = await Promise.all(others.map((run) => fromLaunch(host, ledger, run)))
  return { runs: [...kept, ...byHand.filter((run) => run !== undefined)], unreadable }
}

async function fromRecord(host: Host, ledger: Ledger, state: ForgeState, run: Run | undefined): Promise<ForgeRun> {
  const { env } = host
  const api = env.find("FORGE_GITEA_API")
  const said = Date.parse(state.last_checkin_at)
  const lastCheckInMs = Math.max(Number.isNaN(said) ? 0 : said, await checkInOf(host, state.slug))
  return {
    owner: state.owner,
    repo: state.repo,
    issueNumber: state.issue_number,
    prNumber: state.pr_number,
    slug: state.slug,
    agent: state.agent_name,
    bottles: run?.bottles ?? state.bottle_names,
    host: run?.host,
    status: state.status,
    webUrl: state.web_url || (api === undefined ? undefined : forgeWebUrl(api)),
    usedTokens: await usedTokens(ledger, state.slug),
    startedAtMs: run?.startedAtMs,
    lastCheckInMs: lastCheckInMs || undefined,
  }
}

/** Undefined for a run that works on no forge. */
async function fromLaunch(host: Host, ledger: Ledger, run: Run): Promise<ForgeRun | undefined> {
  const { slug, agent, bottles, startedAtMs } = run
  const forge = (await findLaunchFacts(host, slug))?.forge
  if (forge == null) return undefined
  return {
    owner: forge.owner,
    repo: forge.repo,
    issueNumber: forge.issueNumber,
    prNumber: (await findOpenedPullRequest(host.env.root, slug)) ?? null,
    slug,
    agent,
    bottles,
    host: run.host,
    status: isLive(run) ? "running" : isGone(run) ? "destroyed" : run.status === "frozen" ? "frozen" : "ended",
    webUrl: forge.webUrl,
    usedTokens: await usedTokens(ledger, slug),
    startedAtMs,
    lastCheckInMs: (await checkInOf(host, slug)) || undefined,
  }
}

function isOver(run: Run): boolean {
  return !isLive(run) && run.status !== "frozen"
}

async function checkInOf({ env }: Host, slug: Slug): Promise<number> {
  return slug === "" ? 0 : await readCheckIn(env.root, slug)
}

async function usedTokens(ledger: Ledger, slug: Slug): Promise<number> {
  if (slug === "") return 0
  const [usage] = await ledger.usage({ by: "run", slug })
  return usage?.chargedTokens ?? 0
}
