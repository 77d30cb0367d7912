// Serves webhooks and keeps issues: opens everything, and looks again by the clock.

import { forgeWebUrl, OperatorProblem, type OrchestratorConfig, type ProcessIdentity } from "@bot-bottle/contracts"
import {
  createForgeStateStore,
  createGitea,
  createServingRecords,
  ForgeError,
  type ForgeStateStore,
  findDone,
  type IssueKey,
  isSameRepository,
  type RepositoryName,
  type WatchedForge,
} from "@bot-bottle/forge"
import { createIssueEffects, refuseOnce } from "./effects/create-issue-effects.ts"
import type { HostRuns } from "./effects/host-runs.ts"
import type { Launches } from "./effects/launches.ts"
import { createAdmission } from "./keep/admission.ts"
import { createKeeper, type Keeper } from "./keep/keeper.ts"
import { lookUpIssue } from "./keep/look-up-issue.ts"
import { createWebhookApp, MAX_DELIVERY_BYTES } from "./webhook/webhook-app.ts"

export interface Serving extends AsyncDisposable {
  readonly port: number
  readonly keeper: Keeper
}

export interface ServeOptions {
  readonly config: OrchestratorConfig
  readonly launches: Launches
  readonly runs: HostRuns
  /** Of this process: `doctor` sees by it whether somebody serves. */
  readonly identity: ProcessIdentity
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

const MAX_WATCHDOG_ROUND_MS = 60_000
const QUEUE_ROUND_MS = 1_000
const LABEL_PREFIX = "bot-bottle:"

/** Throws OperatorProblem when the forge is not as it must be. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, log } = options
  const store = createForgeStateStore(config.root)
  const forges = createForges(config, store)
  const first = config.repositories[0]
  if (first === undefined)
    throw new OperatorProblem("no repository is named", {
      hint: "set FORGE_OWNER and FORGE_REPO, or pass --repo owner/name",
    })
  for (const { owner, repo } of config.repositories)
    if (!(await options.runs.claimRepository(`${owner}/${repo}`)))
      throw new OperatorProblem(`another orchestrator of this host serves ${owner}/${repo}`, {
        hint: "an issue has one orchestrator: end the other one first",
      })
  const bot = await checkForge(forges(first), config)
  for (const repository of config.repositories) await checkRepository(forges(repository), repository, bot)

  const admission = createAdmission(config.maxRuns)
  const keeper = createKeeper({
    repositories: config.repositories,
    store,
    admission,
    watchdogTimeoutMs: config.watchdogTimeoutMs,
    webUrl: forgeWebUrl(config.api),
    nowMs: options.nowMs,
    log,
    effectsOf: (key) =>
      createIssueEffects({
        ...options,
        key,
        root: config.root,
        forge: forges(key),
        org: config.org,
        bot,
        store,
        hasRoom: () => admission.admit(nameOf(key)),
      }),
    lookUp: (key) => lookUpIssue(key.issue_number, { forge: forges(key), org: config.org, knows: options.runs.knows }),
    refuse: (key, reason, message) => refuseOnce(forges(key), key.issue_number, { reason, message }),
    async listLabelled(repository) {
      const issues = await forges(repository).listOpenIssues()
      return issues
        .filter(({ labels }) => labels.some((label) => label.startsWith(LABEL_PREFIX)))
        .map(({ number }) => number)
    },
  })
  const { tell, onDelivery } = createTelling(options)
  const app = createWebhookApp({ secret: config.webhookSecret, onEvent: keeper.hear, onDelivery, log })
  const server = listen(config, app.fetch)
  for (const repository of config.repositories) await tell(repository, "")
  const clocks = startClocks(options, keeper, store)
  log(`listening on http://${config.hostname}:${server.port}, as ${bot}, for members of ${config.org}`)

  return {
    port: server.port ?? 0,
    keeper,
    async [Symbol.asyncDispose]() {
      for (const clock of clocks) clearInterval(clock)
      await server.stop(true)
      await keeper.idle()
    },
  }
}

/** Tells `doctor` that we serve, and what arrived last. The forge does not wait for that. */
function createTelling({ config, identity, log }: ServeOptions) {
  const records = createServingRecords(config.root)
  const tell = (repository: RepositoryName, delivery: string) =>
    records.write(repository, { holder: identity, delivery })
  return {
    tell,
    onDelivery(repository: RepositoryName, id: string): void {
      if (!config.repositories.some((own) => isSameRepository(own, repository))) return
      void tell(repository, id).catch((error: Error) => log(`the last delivery cannot be noted: ${error.message}`))
    },
  }
}

function listen({ hostname, port }: OrchestratorConfig, fetch: (request: Request) => Response | Promise<Response>) {
  try {
    return Bun.serve({ hostname, port, maxRequestBodySize: MAX_DELIVERY_BYTES, fetch })
  } catch (cause) {
    throw new OperatorProblem(`nothing can listen on ${hostname}:${port}`, {
      cause,
      hint: "another program does, or the host has no such address: choose one with --listen",
    })
  }
}

function createForges(
  { api, token, roots }: OrchestratorConfig,
  store: ForgeStateStore,
): (repository: RepositoryName) => WatchedForge {
  return ({ owner, repo }) => {
    const find = async (issue_number: number) => store.read({ owner, repo, issue_number })
    return createGitea({
      api,
      token,
      roots,
      owner,
      repo,
      knownPr: async (issue) => (await find(issue))?.pr_number ?? null,
      async branchPrefix(issue) {
        const slug = (await find(issue))?.slug ?? ""
        return slug === "" ? undefined : `bot-bottle/${slug}/`
      },
    })
  }
}

/** The bot's name. A misspelt organization would read as "nobody is a member". */
async function checkForge(forge: WatchedForge, { org }: OrchestratorConfig): Promise<string> {
  const bot = await forge.readOwnName()
  if (!(await forge.hasOrg(org)))
    throw new OperatorProblem(`the forge has no organization ${org}`, {
      hint: "set FORGE_ORG to the organization whose members may start runs",
    })
  if (!(await forge.isOrgMember(org, bot)))
    throw new OperatorProblem(`the bot ${bot} is not a member of the organization ${org}, so it cannot see who is`, {
      hint: `add ${bot} to ${org}`,
    })
  return bot
}

/** A misspelt name would read as "no issue asks for a run". */
async function checkRepository(forge: WatchedForge, { owner, repo }: RepositoryName, bot: string): Promise<void> {
  try {
    await forge.readDefaultBranch()
  } catch (error) {
    if (!(error instanceof ForgeError) || (error.status !== 404 && error.status !== 403)) throw error
    throw new OperatorProblem(`${bot} cannot see the repository ${owner}/${repo}: ${error.message}`, {
      cause: error,
      hint: `check the name, and give ${bot} write access to it: bot-bottle doctor --forge`,
    })
  }
}

function startClocks({ config, log }: ServeOptions, keeper: Keeper, store: ForgeStateStore): readonly Timer[] {
  const report = (error: unknown) => log(error instanceof Error ? error.message : String(error))
  const every = (ms: number, work: () => Promise<void>) => setInterval(() => void work().catch(report), ms)
  const isSignalled = async (key: IssueKey & { readonly slug: string; readonly launch_id: string }) =>
    key.slug !== "" && (await findDone(config.root, key.slug, key.launch_id)) !== undefined
  return [
    every(Math.min(MAX_WATCHDOG_ROUND_MS, config.watchdogTimeoutMs / 4), keeper.lookAtRunning),
    every(config.reconcileMs, keeper.reconcile),
    every(QUEUE_ROUND_MS, async () => {
      keeper.retryFailed()
      const { states } = await store.all()
      for (const state of states)
        if (state.status === "running" && keeper.keeps(state) && (state.slug === "" || (await isSignalled(state))))
          keeper.look(state)
    }),
  ]
}

function nameOf({ owner, repo, issue_number }: IssueKey): string {
  return `${owner}/${repo}#${issue_number}`
}
