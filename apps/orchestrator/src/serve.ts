// Serves webhooks and keeps issues: opens everything, and looks again by the clock.

import {
  OperatorProblem,
  type OrchestratorConfig,
  type ProcessIdentity,
  type WebhookReceiver,
} from "@bot-bottle/contracts"
import {
  createForgeStateStore,
  createGitea,
  createServingRecords,
  ForgeError,
  type ForgeStateStore,
  isSameRepository,
  type RepositoryName,
  type WatchedForge,
} from "@bot-bottle/forge"
import type { Ledger } from "@bot-bottle/ledger"
import type { HostRuns } from "./effects/host-runs.ts"
import type { Launches } from "./effects/launches.ts"
import type { Keeper } from "./keep/keeper.ts"
import { type Forges, openKeeper } from "./open-keeper.ts"
import { createWebhookApp, MAX_DELIVERY_BYTES } from "./webhook/webhook-app.ts"

export interface Serving extends AsyncDisposable {
  readonly keeper: Keeper
}

export interface ServeOptions {
  readonly config: OrchestratorConfig
  readonly launches: Launches
  readonly runs: HostRuns
  /** Of this process: `doctor` sees by it whether somebody serves. */
  readonly identity: ProcessIdentity
  /** Shared with other hosts, which then serve the same repositories together; or this host's own. */
  readonly ledger: Pick<Ledger, "fleet">
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

const MAX_WATCHDOG_ROUND_MS = 60_000
/** Also how soon a dead host's claim is taken over after its lease. */
const ROUND_MS = 500

/** Throws OperatorProblem when the forge is not as it must be. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, log } = options
  const forgesOver = (store: Pick<ForgeStateStore, "read">) => createForges(config, store)
  const forges = forgesOver(createForgeStateStore(config.root))
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

  const keeper = await openKeeper({ ...options, forgesOver, bot })
  const server = config.webhooks === null ? undefined : await receive(options, config.webhooks, keeper)
  const where = server === undefined ? "keeping issues" : `listening on http://${server.hostname}:${server.port}`
  const clocks = startClocks(options, keeper)
  log(`${where}, as ${bot}, for members of ${config.org}`)

  return {
    keeper,
    async [Symbol.asyncDispose]() {
      for (const clock of clocks) clearInterval(clock)
      await server?.stop()
      await keeper.idle()
    },
  }
}

async function receive(options: ServeOptions, webhooks: WebhookReceiver, keeper: Keeper) {
  const { config, log } = options
  const { tell, onDelivery } = createTelling(options)
  const app = createWebhookApp({ secret: webhooks.secret, onEvent: keeper.hear, onDelivery, log })
  const server = listen(webhooks, app.fetch)
  for (const repository of config.repositories) await tell(repository, "")
  return { hostname: webhooks.hostname, port: server.port, stop: () => server.stop(true) }
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

function listen({ hostname, port }: WebhookReceiver, fetch: (request: Request) => Response | Promise<Response>) {
  try {
    return Bun.serve({ hostname, port, maxRequestBodySize: MAX_DELIVERY_BYTES, fetch })
  } catch (cause) {
    throw new OperatorProblem(`nothing can listen on ${hostname}:${port}`, {
      cause,
      hint: "another program does, or the host has no such address: choose one with --listen",
    })
  }
}

function createForges({ api, token, roots }: OrchestratorConfig, store: Pick<ForgeStateStore, "read">): Forges {
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

function startClocks({ config, log }: ServeOptions, keeper: Keeper): readonly Timer[] {
  const report = (error: unknown) => log(error instanceof Error ? error.message : String(error))
  const every = (ms: number, work: () => Promise<void>) => setInterval(() => void work().catch(report), ms)
  return [
    every(Math.min(MAX_WATCHDOG_ROUND_MS, config.watchdogTimeoutMs / 4), keeper.lookAtRunning),
    every(config.reconcileMs, keeper.reconcile),
    every(ROUND_MS, keeper.round),
  ]
}
