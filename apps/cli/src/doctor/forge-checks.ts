// `doctor --forge`: looks at everything that `orchestrate serve` needs of the forge, live, and
// names the step that fixes what is missing. It changes nothing there: it asks for one test delivery.

import { OperatorProblem, Secret } from "@bot-bottle/contracts"
import { findRepoFolder, loadForgeRoots } from "@bot-bottle/control"
import {
  createForgeStateStore,
  createGitea,
  ForgeError,
  type GiteaInspection,
  inspectGitea,
  type RepositoryName,
  type WatchedForge,
} from "@bot-bottle/forge"
import { installLine } from "@bot-bottle/kernel"
import { openManifestLibrary } from "@bot-bottle/manifest"
import { type ForgeFlags, readApi, readOrg, readRepositories, readToken } from "../forge/forge-settings.ts"
import type { Host } from "../host.ts"
import { checkDelivery } from "./forge/check-delivery.ts"
import { DELIVERY } from "./forge/judge-delivery.ts"
import {
  judgeAccount,
  judgeHooks,
  judgeLabels,
  judgeProtections,
  judgeRepository,
  judgeScopes,
} from "./forge/judge-forge.ts"
import type { Check, CheckGroup } from "./report.ts"

/** Of the host, for the git gate. */
const GIT = "git"

/** How one repository is looked at: as the bot, and as an administrator when there is a token of one. */
interface Views {
  readonly forge: WatchedForge
  readonly asBot: GiteaInspection
  readonly asAdmin: GiteaInspection
}

export async function runForgeChecks(host: Host, flags: ForgeFlags): Promise<readonly CheckGroup[]> {
  const { env } = host
  const access = { api: readApi(env, flags), token: readToken(env), roots: await loadForgeRoots(host) }
  const adminToken = env.findSecret("FORGE_ADMIN_TOKEN")
  const org = readOrg(env, flags)
  const repositories = readRepositories(env, flags)
  const viewsOf = (name: RepositoryName): Views => {
    const asBot = inspectGitea({ ...access, ...name })
    return {
      forge: createGitea({ ...access, ...name, knownPr: async () => null, branchPrefix: async () => undefined }),
      asBot,
      asAdmin: adminToken === undefined ? asBot : inspectGitea({ ...access, token: new Secret(adminToken), ...name }),
    }
  }
  const account = await checkAccount(viewsOf(repositories[0]), org)
  const named = repositories.map(({ owner, repo }) => `--repo ${owner}/${repo}`).join(" ")
  const next = `bot-bottle orchestrate serve ${named}`
  const groups: CheckGroup[] = [{ title: "Forge", checks: account.checks, next }]
  const { bot } = account
  if (bot !== undefined)
    for (const name of repositories)
      groups.push({
        title: `${name.owner}/${name.repo}`,
        checks: await checkRepository(host, viewsOf(name), name, bot),
      })
  return [...groups, { title: "This host", checks: await checkHost(host) }]
}

/** `bot` is absent when there is no use in going further. */
async function checkAccount(
  { forge, asBot }: Views,
  org: string,
): Promise<{ readonly checks: readonly Check[]; readonly bot?: string }> {
  const server = await look("server", "check FORGE_GITEA_API and the network", async () => {
    const version = await asBot.readVersion().catch((error: unknown) => {
      // Gitea refuses a wrong token everywhere; the next row says so.
      if (error instanceof ForgeError && error.status === 401) return "answers"
      throw error
    })
    return { check: "server", state: "ok", detail: `Gitea ${version}` }
  })
  if (server.state === "fail") return { checks: [server] }
  let bot: string | undefined
  const own = await look("bot account", "check FORGE_TOKEN (docs/forge.md, step 2)", async () => {
    const found = await asBot.readAccount()
    bot = found.name
    return judgeAccount(found)
  })
  if (bot === undefined) return { checks: [server, own] }
  const scopes = await look("token scopes", "docs/forge.md, step 2", async () => judgeScopes(await asBot.readScopes()))
  const name = bot
  const organization = await look("organization", "give the token the scope read:organization", async () => {
    const check = "organization"
    if (!(await forge.hasOrg(org)))
      return {
        check,
        state: "fail",
        detail: `the forge has no organization ${org}`,
        fix: "create it, or set FORGE_ORG",
      }
    if (!(await forge.isOrgMember(org, name)))
      return { check, state: "fail", detail: `${name} is not a member of ${org}`, fix: `add ${name} to ${org}` }
    return { check, state: "ok", detail: `${name} is a member of ${org}` }
  })
  return { checks: [server, own, scopes, organization], bot: name }
}

async function checkRepository(
  host: Host,
  { asBot, asAdmin }: Views,
  name: RepositoryName,
  bot: string,
): Promise<readonly Check[]> {
  const { env } = host
  let defaultBranch = ""
  const repository = await look("repository", `give ${bot} access to it (docs/forge.md, step 1)`, async () => {
    const facts = await asBot.readRepository()
    defaultBranch = facts.defaultBranch
    return judgeRepository(facts, bot)
  })
  if (defaultBranch === "") return [repository]
  const agents = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
    .listAgents()
    .map(({ name }) => name)
  const protections: Check[] = []
  const looked = await look("branch protection", "docs/forge.md, step 7", async () => {
    const [first, ...others] = judgeProtections(await asAdmin.listProtections(), { defaultBranch, bot })
    protections.push(...others)
    return first ?? { check: "branch protection", state: "note", detail: "not looked at" }
  })
  return [
    repository,
    await look("labels", "docs/forge.md, step 4", async () => judgeLabels(await asBot.listLabels(), agents)),
    await look("webhook", "docs/forge.md, step 6", async () => judgeHooks(await asAdmin.listHooks())),
    await look(DELIVERY, "docs/forge.md, step 6", () =>
      checkDelivery({ env, repository: name, asAdmin: asAdmin === asBot ? undefined : asAdmin }),
    ),
    looked,
    ...protections,
  ]
}

async function checkHost({ env }: Host): Promise<readonly Check[]> {
  const { unreadable } = await createForgeStateStore(env.root).all()
  const gitleaks = Bun.which("gitleaks", { PATH: env.path })
  return [
    env.findSecret("FORGE_WEBHOOK_SECRET") === undefined
      ? {
          check: "webhook secret",
          state: "note",
          detail: "FORGE_WEBHOOK_SECRET is not set: serve does not start without it",
          fix: "docs/forge.md, step 5",
        }
      : { check: "webhook secret", state: "ok", detail: "FORGE_WEBHOOK_SECRET is set" },
    Bun.which(GIT, { PATH: env.path }) === null
      ? { check: GIT, state: "fail", detail: "not installed", fix: installLine(GIT) }
      : { check: GIT, state: "ok", detail: "installed" },
    gitleaks === null
      ? {
          check: "gitleaks",
          state: "note",
          detail: "not installed: pushes are searched for the host's own credentials only",
          fix: "go install github.com/zricethezav/gitleaks/v8@v8.30.1",
        }
      : { check: "gitleaks", state: "ok", detail: gitleaks },
    ...unreadable.map(
      (path): Check => ({
        check: "forge state",
        state: "fail",
        detail: `${path} cannot be read`,
        fix: `restore or delete ${path}`,
      }),
    ),
  ]
}

/** An error of the forge is a finding. */
async function look(check: string, fix: string, find: () => Promise<Check>): Promise<Check> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof OperatorProblem) throw error
    return { check, state: "fail", detail: error instanceof Error ? error.message : String(error), fix }
  }
}
