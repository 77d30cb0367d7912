// `doctor --forge`: looks at everything that `orchestrate serve` needs of the forge, live, and
// names the step that fixes what is missing. Writes nothing there.

import { OperatorProblem } from "@bot-bottle/contracts"
import { findRepoFolder, loadForgeRoots } from "@bot-bottle/control"
import {
  AGENT_LABEL,
  createForgeStateStore,
  createGitea,
  type GiteaInspection,
  inspectGitea,
  type RepositoryName,
  type WatchedForge,
} from "@bot-bottle/forge"
import { openManifestLibrary } from "@bot-bottle/manifest"
import { type ForgeFlags, readApi, readOrg, readRepositories, readToken } from "../forge/forge-settings.ts"
import type { Host } from "../host.ts"
import type { Check, CheckGroup } from "./report.ts"

/** Of the host, for the git gate. */
const GIT = "git"

export async function runForgeChecks(host: Host, flags: ForgeFlags): Promise<readonly CheckGroup[]> {
  const { env } = host
  const api = readApi(env, flags)
  const token = readToken(env)
  const roots = await loadForgeRoots(host)
  const org = readOrg(env, flags)
  const repositories = readRepositories(env, flags)
  const clientOf = (name: RepositoryName) =>
    createGitea({ api, token, roots, ...name, knownPr: async () => null, branchPrefix: async () => undefined })
  const account = await checkAccount(clientOf(repositories[0]), org)
  const groups: CheckGroup[] = [{ title: "Forge", checks: account }]
  if (account.every(({ state }) => state !== "fail"))
    for (const name of repositories)
      groups.push({
        title: `${name.owner}/${name.repo}`,
        checks: await checkRepository(host, clientOf(name), inspectGitea({ api, token, roots, ...name })),
      })
  return [...groups, { title: "This host", checks: await checkHost(host) }]
}

async function checkAccount(forge: WatchedForge, org: string): Promise<readonly Check[]> {
  const own = await look("bot account", "check FORGE_GITEA_API and FORGE_TOKEN", async () => {
    const bot = await forge.readOwnName()
    return { check: "bot account", state: "ok", detail: bot }
  })
  if (own.state !== "ok") return [own]
  const bot = own.detail
  const organization = await look("organization", "give the token the scope read:organization", async () => {
    if (!(await forge.hasOrg(org)))
      return {
        check: "organization",
        state: "fail",
        detail: `the forge has no organization ${org}`,
        fix: "create it, or set FORGE_ORG",
      }
    if (!(await forge.isOrgMember(org, bot)))
      return {
        check: "organization",
        state: "fail",
        detail: `${bot} is not a member of ${org}`,
        fix: `add ${bot} to ${org}`,
      }
    return { check: "organization", state: "ok", detail: `${bot} is a member of ${org}` }
  })
  return [own, organization]
}

async function checkRepository(
  host: Host,
  forge: WatchedForge,
  inspection: GiteaInspection,
): Promise<readonly Check[]> {
  const readable = await look(
    "repository",
    "give the token write:repository and write:issue, and its account access",
    async () => {
      const branch = await forge.readDefaultBranch()
      const issues = await forge.listOpenIssues()
      return {
        check: "repository",
        state: "ok",
        detail: `readable; default branch ${branch}, ${issues.length} open issues`,
      }
    },
  )
  if (readable.state !== "ok") return [readable]
  return [
    readable,
    await look("labels", "create the label bot-bottle:<agent>", async () =>
      checkLabels(host, await inspection.listLabels()),
    ),
    await look("webhook", "docs/forge.md, step 6", async () => checkHooks(await inspection.listHooks())),
    await look("branch protection", "docs/forge.md, step 7", async () =>
      checkProtection(await inspection.listWorkflowProtections()),
    ),
  ]
}

function checkLabels({ env }: Host, labels: readonly string[] | "hidden"): Check {
  const check = "labels"
  if (labels === "hidden") return { check, state: "note", detail: "the token may not see them" }
  const named = labels.filter((label) => label.startsWith(AGENT_LABEL)).map((label) => label.slice(AGENT_LABEL.length))
  const agents = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
    .listAgents()
    .map(({ name }) => name)
  const unknown = named.filter((name) => !agents.includes(name))
  const fix = `create a label ${AGENT_LABEL}<agent> for one of: ${agents.join(", ") || "(no agents yet)"}`
  if (named.length === 0) return { check, state: "fail", detail: `no label begins with ${AGENT_LABEL}`, fix }
  if (unknown.length > 0) return { check, state: "note", detail: `no agent here is called ${unknown.join(", ")}`, fix }
  return { check, state: "ok", detail: `for ${named.join(", ")}` }
}

function checkHooks(hooks: Awaited<ReturnType<GiteaInspection["listHooks"]>>): Check {
  const check = "webhook"
  if (hooks === "hidden")
    return {
      check,
      state: "note",
      detail: "only an administrator of the repository can see webhooks; docs/forge.md, step 6",
    }
  const usable = hooks.filter(({ isActive, contentType }) => isActive && contentType === "json")
  const fix = "docs/forge.md, step 6"
  if (hooks.length === 0) return { check, state: "fail", detail: "the repository has none; its organization may", fix }
  if (usable.length === 0)
    return { check, state: "fail", detail: "none is active with content type application/json", fix }
  const heard = usable.filter(
    ({ events }) =>
      events.some((event) => event.startsWith("issues")) && events.some((event) => event.includes("comment")),
  )
  if (heard.length === 0) return { check, state: "fail", detail: "none sends issues and comments", fix }
  return { check, state: "ok", detail: heard.map(({ url }) => url).join(", ") }
}

function checkProtection(rules: readonly string[] | "hidden"): Check {
  const check = "branch protection"
  if (rules === "hidden")
    return { check, state: "note", detail: "only an administrator can see it; docs/forge.md, step 7" }
  if (rules.length === 0)
    return {
      check,
      state: "note",
      detail: "no rule protects workflow files; the git gate does",
      fix: "docs/forge.md, step 7",
    }
  return { check, state: "ok", detail: `workflow files are protected on ${rules.join(", ")}` }
}

async function checkHost({ env }: Host): Promise<readonly Check[]> {
  const { unreadable } = await createForgeStateStore(env.root).all()
  const gitleaks = Bun.which("gitleaks", { PATH: env.path })
  return [
    Bun.which(GIT, { PATH: env.path }) === null
      ? { check: GIT, state: "fail", detail: "not installed", fix: "apt-get install git" }
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
