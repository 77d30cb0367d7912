// Puts a keeper together: for a host of its own, with records in files, or for one of several that share a ledger.

import { forgeWebUrl, OperatorProblem, type OrchestratorConfig } from "@bot-bottle/contracts"
import { keepLease, openIssueRecords } from "@bot-bottle/control"
import {
  createForgeStateStore,
  createSharedStateStore,
  type ForgeState,
  type ForgeStateStore,
  findDone,
  type IssueKey,
  isSameRepository,
  type RepositoryIdentity,
  type RepositoryName,
  type WatchedForge,
} from "@bot-bottle/forge"
import { readUptimeMs } from "@bot-bottle/kernel"
import type { HeldIssue, IssueName, Ledger } from "@bot-bottle/ledger"
import { createIssueEffects, readNews, refuseOnce } from "./effects/create-issue-effects.ts"
import { type Effects, guardEffects } from "./effects/guarded.ts"
import { createAdmission } from "./keep/admission.ts"
import { createKeeper, type Keeper, type KeepingOptions } from "./keep/keeper.ts"
import { nameOf as wordsFor } from "./keep/look-at-issue.ts"
import { lookUpIssue } from "./keep/look-up-issue.ts"
import { createSharedKeeper } from "./keep/shared-keeper.ts"

export type Forges = (repository: RepositoryName) => WatchedForge

export interface KeeperParts extends Omit<Effects, "forge"> {
  readonly config: OrchestratorConfig
  readonly ledger: Pick<Ledger, "fleet">
  /** The forge's client looks up there which pull request a run has. */
  readonly forgesOver: (store: Pick<ForgeStateStore, "read">) => Forges
  /** The bot's account. */
  readonly bot: string
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

const LABEL_PREFIX = "bot-bottle:"

export async function openKeeper(parts: KeeperParts): Promise<Keeper> {
  const { config, ledger, forgesOver } = parts
  const { issues } = ledger.fleet ?? {}
  const own = createForgeStateStore(config.root)
  if (issues === undefined) {
    if (config.maxRuns === 0 || config.webhooks === null)
      throw new OperatorProblem(
        "this host's ledger is its own: no other host runs issues or receives webhooks for it",
        {
          hint: "share the ledger (docs/fleet.md), or run 'bot-bottle orchestrate serve' with --max-runs 1 or more",
        },
      )
    const forges = forgesOver(own)
    return createKeeper({
      ...keepingOf(parts, forges),
      store: own,
      effectsOf: (key, admit) =>
        createIssueEffects(effectsOf(parts, key, own, { ...parts, forge: forges(key) }, admit)),
      refuse: (key, reason, message) => refuseOnce(forges(key), key.issue_number, { reason, message }),
    })
  }

  const repositories: RepositoryIdentity[] = []
  for (const repository of config.repositories)
    repositories.push(await forgesOver(own)(repository).readRepositoryIdentity())
  const nameOf = (key: IssueKey): IssueName => {
    const id = repositories.find((one) => isSameRepository(one, key))?.id
    return { repository: id ?? "", number: key.issue_number }
  }
  const recordsUnder = async (lease: HeldIssue | undefined) =>
    createSharedStateStore(await openIssueRecords({ issues, nameOf, lease }))
  const forges = forgesOver(await recordsUnder(undefined))
  const keeping = keepingOf(parts, forges)
  return createSharedKeeper({
    ...keeping,
    repositories,
    issues,
    runsIssues: config.maxRuns > 0,
    own,
    keepLease,
    uptimeMs: readUptimeMs,
    async look(held, key, check) {
      const store = await recordsUnder(held)
      const guarded = guardEffects({ ...parts, forge: forges(key) }, check)
      return {
        ...keeping,
        store,
        effectsOf: (admit) => createIssueEffects(effectsOf(parts, key, store, guarded, admit)),
        lookUp: () => keeping.lookUp(key),
        refuse: ({ reason, message }) => refuseOnce(guarded.forge, key.issue_number, { reason, message }),
      }
    },
    stranded(key, check) {
      const { forge } = guardEffects({ ...parts, forge: forges(key) }, check)
      return {
        log: parts.log,
        lookUp: () => keeping.lookUp(key),
        readNews: (state) => readNews({ forge, org: config.org, bot: parts.bot }, state),
        readComments: (number) => forge.readComments(number),
        async postComment(number, body) {
          await forge.postComment(number, body)
        },
      }
    },
    endOrphan: (state) => endOrphan(parts, state),
  })
}

function keepingOf({ config, runs, nowMs, log }: KeeperParts, forges: Forges): KeepingOptions {
  return {
    repositories: config.repositories,
    admission: createAdmission(config.maxRuns),
    watchdogTimeoutMs: config.watchdogTimeoutMs,
    webUrl: forgeWebUrl(config.api),
    nowMs,
    log,
    lookUp: (key) => lookUpIssue(key.issue_number, { forge: forges(key), org: config.org, knows: runs.knows }),
    isSignalled: async ({ slug, launch_id }) =>
      slug !== "" && (await findDone(config.root, slug, launch_id)) !== undefined,
    async listLabelled(repository) {
      const open = await forges(repository).listOpenIssues()
      return open
        .filter(({ labels }) => labels.some((label) => label.startsWith(LABEL_PREFIX)))
        .map(({ number }) => number)
    },
  }
}

function effectsOf(
  { config, bot, nowMs, log }: KeeperParts,
  key: IssueKey,
  store: ForgeStateStore,
  { forge, launches, runs }: Effects,
  admit: () => boolean,
) {
  return { key, root: config.root, org: config.org, bot, forge, launches, runs, store, hasRoom: admit, nowMs, log }
}

/** Its files stay, as those of every frozen run. */
async function endOrphan({ launches, runs, log }: KeeperParts, state: ForgeState): Promise<boolean> {
  const launch = state.slug === "" ? await launches.find(state.launch_id) : undefined
  if (launch?.kind === "under-way") return false
  const slug = launch?.kind === "up" ? launch.slug : state.slug
  if (slug === "") return true
  log(`${wordsFor(state)}: stops ${slug}`)
  await runs.freeze(slug)
  return true
}
