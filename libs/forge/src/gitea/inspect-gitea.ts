// The questions of `doctor` to a Gitea, which no run asks: its version, the token's scopes and rights, labels,
// webhooks and branch protection. The last two need an administrator of the repository. Changes nothing: a test
// delivery is the only thing that it makes the forge do.

import * as v from "valibot"
import { ForgeError } from "../forge-error.ts"
import { createParsedCalls, type Schema } from "./parsed-calls.ts"
import { createSendToGitea, type GiteaCall, type GiteaRequestOptions } from "./request.ts"

export interface GiteaInspection {
  /** `1.26.0`. */
  readVersion(): Promise<string>
  readAccount(): Promise<{ readonly name: string; readonly isAdmin: boolean }>
  /** `"all"`: it may do whatever its account may. `"hidden"`: the server does not say. */
  readScopes(): Promise<readonly string[] | "all" | "hidden">
  readRepository(): Promise<GiteaRepositoryFacts>
  /** Of the repository and of the organization that owns it. `"hidden"` where the token may not look. */
  listLabels(): Promise<readonly string[] | "hidden">
  listHooks(): Promise<readonly GiteaHook[] | "hidden">
  listProtections(): Promise<readonly GiteaProtection[] | "hidden">
  /** Of a webhook of the repository. Gitea answers the same whether it delivers or not. */
  requestTestDelivery(hookId: number): Promise<TestDelivery>
}

/** `"forbidden"`: the token may not ask. `"empty"`: Gitea sends the newest commit, and there is none. */
export type TestDelivery = "requested" | "forbidden" | "empty"

export interface GiteaRepositoryFacts {
  readonly defaultBranch: string
  readonly mayPush: boolean
  readonly isArchived: boolean
  readonly hasIssues: boolean
  readonly hasPullRequests: boolean
}

export interface GiteaHook {
  readonly id: number
  /** An organization's webhook has no test delivery. */
  readonly owner: "repository" | "organization"
  /** A glob of the branches whose pushes it tells of; `""` for all. */
  readonly branchFilter: string
  readonly url: string
  readonly isActive: boolean
  readonly contentType: string
  readonly events: readonly string[]
}

export interface GiteaProtection {
  /** A branch or a pattern of branches. */
  readonly rule: string
  readonly protectsWorkflows: boolean
  /** Accounts on its list; `"writers"` without a list. Teams are not resolved. */
  readonly pushers: "nobody" | "writers" | readonly string[]
}

const version = v.object({ version: v.string() })
const account = v.object({ login: v.string(), is_admin: v.optional(v.boolean(), false) })
const repository = v.object({
  default_branch: v.string(),
  archived: v.optional(v.boolean(), false),
  has_issues: v.optional(v.boolean(), true),
  has_pull_requests: v.optional(v.boolean(), true),
  permissions: v.optional(v.object({ push: v.boolean() }), { push: false }),
})
const label = v.object({ id: v.number(), name: v.string() })
const hook = v.object({
  id: v.number(),
  active: v.boolean(),
  events: v.array(v.string()),
  branch_filter: v.optional(v.string(), ""),
  config: v.object({ url: v.optional(v.string(), ""), content_type: v.optional(v.string(), "") }),
})
const protection = v.object({
  rule_name: v.string(),
  protected_file_patterns: v.optional(v.string(), ""),
  enable_push: v.optional(v.boolean(), false),
  enable_push_whitelist: v.optional(v.boolean(), false),
  push_whitelist_usernames: v.nullish(v.array(v.string()), []),
})

const TIMEOUT_MS = 10_000
const WORKFLOW_FOLDERS = [".gitea/workflows", ".github/workflows"]

export function inspectGitea(
  options: Omit<GiteaRequestOptions, "timeoutMs"> & { readonly owner: string; readonly repo: string },
): GiteaInspection {
  const { owner, repo } = options
  const { ask, list } = createParsedCalls(createSendToGitea({ ...options, timeoutMs: TIMEOUT_MS }))
  const get = (...segments: readonly string[]): GiteaCall => ({ method: "GET", segments })
  const all = <T extends { readonly id: number }>(schema: Schema<T>, ...segments: readonly string[]) =>
    visible(list(schema, ({ id }) => id, get(...segments)))

  /** Only an organization has some of its own; for a user the second answer is hidden. */
  async function withOrganization<T extends { readonly id: number }>(schema: Schema<T>, kind: "labels" | "hooks") {
    const own = await all(schema, "repos", owner, repo, kind)
    if (own === "hidden") return own
    const shared = await all(schema, "orgs", owner, kind)
    return { own, shared: shared === "hidden" ? [] : shared }
  }

  return {
    readVersion: async () => (await ask(version, get("version"))).version,

    async readAccount() {
      const { login, is_admin } = await ask(account, get("user"))
      return { name: login, isAdmin: is_admin }
    },

    async readScopes() {
      try {
        // Asked for too much, Gitea lists what the token has; a token with every scope fails by its account.
        await ask(v.unknown(), { ...get("admin", "users"), query: { limit: "1" } })
        return "all"
      } catch (error) {
        if (!(error instanceof ForgeError) || error.status !== 403) throw error
        const scopes = /token scope=([\w:,-]+)/.exec(error.body)?.[1]
        if (scopes !== undefined) return scopes.split(",").sort()
        return /site admin/.test(error.body) ? "all" : "hidden"
      }
    },

    async readRepository() {
      const found = await ask(repository, get("repos", owner, repo))
      return {
        defaultBranch: found.default_branch,
        mayPush: found.permissions.push,
        isArchived: found.archived,
        hasIssues: found.has_issues,
        hasPullRequests: found.has_pull_requests,
      }
    },

    async listLabels() {
      const found = await withOrganization(label, "labels")
      return found === "hidden" ? found : [...found.own, ...found.shared].map(({ name }) => name)
    },

    async listHooks() {
      const found = await withOrganization(hook, "hooks")
      if (found === "hidden") return found
      const hooksOf = (hooks: readonly v.InferOutput<typeof hook>[], of: GiteaHook["owner"]): readonly GiteaHook[] =>
        hooks.map(({ id, active, events, branch_filter, config }) => ({
          id,
          owner: of,
          url: config.url,
          isActive: active,
          contentType: config.content_type,
          branchFilter: branch_filter === "*" ? "" : branch_filter,
          events,
        }))
      return [...hooksOf(found.own, "repository"), ...hooksOf(found.shared, "organization")]
    },

    async listProtections() {
      const found = await visible(ask(v.array(protection), get("repos", owner, repo, "branch_protections")))
      if (found === "hidden") return found
      return found.map((one) => ({
        rule: one.rule_name,
        protectsWorkflows: WORKFLOW_FOLDERS.every((folder) => one.protected_file_patterns.includes(folder)),
        pushers: pushersOf(one),
      }))
    },

    async requestTestDelivery(hookId) {
      try {
        await ask(v.unknown(), { method: "POST", segments: ["repos", owner, repo, "hooks", hookId, "tests"] })
        return "requested"
      } catch (error) {
        if (!(error instanceof ForgeError)) throw error
        if (error.status === 403) return "forbidden"
        if (error.status === 404 && /repository is empty/.test(error.body)) return "empty"
        throw error
      }
    },
  }
}

function pushersOf(rule: v.InferOutput<typeof protection>): GiteaProtection["pushers"] {
  if (!rule.enable_push) return "nobody"
  return rule.enable_push_whitelist ? (rule.push_whitelist_usernames ?? []) : "writers"
}

async function visible<T>(answer: Promise<T>): Promise<T | "hidden"> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ForgeError && (error.status === 403 || error.status === 404)) return "hidden"
    throw error
  }
}
