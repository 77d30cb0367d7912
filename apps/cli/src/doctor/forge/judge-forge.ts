// Judges what a live forge says of a set-up: each answer becomes a finding and the step that fixes it.
// Pure. The steps are those of docs/forge.md.

import { AGENT_LABEL, type GiteaHook, type GiteaProtection, type GiteaRepositoryFacts } from "@bot-bottle/forge"
import type { Check } from "../report.ts"

type Hidden = "hidden"

/** Writing includes reading. */
const NEEDED_SCOPES: readonly (readonly [scope: string, ...alternatives: string[]])[] = [
  ["write:issue"],
  ["write:repository"],
  ["read:organization", "write:organization"],
  ["read:user", "write:user"],
]
export const NEEDED_SCOPE_LIST = NEEDED_SCOPES.map(([scope]) => scope).join(",")

export function judgeAccount({ name, isAdmin }: { readonly name: string; readonly isAdmin: boolean }): Check {
  const check = "bot account"
  if (!isAdmin) return { check, state: "ok", detail: name }
  const detail = `${name} is an administrator of the whole forge`
  return { check, state: "note", detail, fix: "use an account without administrator rights (docs/forge.md, step 1)" }
}

export function judgeScopes(scopes: readonly string[] | "all" | Hidden): Check {
  const check = "token scopes"
  const fix = `create a token with ${NEEDED_SCOPE_LIST} (docs/forge.md, step 2)`
  if (scopes === "hidden") return { check, state: "note", detail: "this forge does not tell a token's scopes" }
  if (scopes === "all") return { check, state: "note", detail: "every scope: more than the bot needs", fix }
  const missing = NEEDED_SCOPES.filter((any) => !any.some((scope) => scopes.includes(scope))).map(([scope]) => scope)
  if (missing.length > 0) return { check, state: "fail", detail: `missing: ${missing.join(", ")}`, fix }
  if (scopes.includes("public-only"))
    return { check, state: "note", detail: "public-only: private repositories are out of reach", fix }
  const known = new Set(NEEDED_SCOPES.flatMap(([scope]) => [scope, scope.replace("write:", "read:")]))
  const more = scopes.filter((scope) => !known.has(scope))
  if (more.length > 0) return { check, state: "note", detail: `more than the bot needs: ${more.join(", ")}`, fix }
  return { check, state: "ok", detail: scopes.join(", ") }
}

export function judgeRepository(facts: GiteaRepositoryFacts, bot: string): Check {
  const check = "repository"
  const fail = (detail: string, fix: string): Check => ({ check, state: "fail", detail, fix })
  if (facts.isArchived) return fail("it is archived", "unarchive it, or serve another repository")
  if (!facts.hasIssues) return fail("its issues are switched off", "switch them on in its settings")
  if (!facts.hasPullRequests) return fail("its pull requests are switched off", "switch them on in its settings")
  if (!facts.mayPush) return fail(`${bot} may not push`, `give ${bot} write access (docs/forge.md, step 1)`)
  return { check, state: "ok", detail: `${bot} may read and push; default branch ${facts.defaultBranch}` }
}

export function judgeLabels(labels: readonly string[] | Hidden, agents: readonly string[]): Check {
  const check = "labels"
  if (labels === "hidden") return { check, state: "note", detail: "the token may not see them" }
  const named = labels.filter((label) => label.startsWith(AGENT_LABEL)).map((label) => label.slice(AGENT_LABEL.length))
  const unknown = named.filter((name) => !agents.includes(name))
  const fix = `create a label ${AGENT_LABEL}<agent> for one of: ${agents.join(", ") || "(no agents yet)"}`
  if (named.length === 0) return { check, state: "fail", detail: `no label begins with ${AGENT_LABEL}`, fix }
  if (unknown.length > 0) return { check, state: "note", detail: `no agent here is called ${unknown.join(", ")}`, fix }
  return { check, state: "ok", detail: `for ${named.join(", ")}` }
}

const NEW_ISSUES = ["issues", "issue_assign", "issue_label"] as const

/** Without an event of a row, its subject is late until the next reconciliation. */
const HEARD: readonly (readonly [what: string, ...events: string[]])[] = [
  ["new issues", ...NEW_ISSUES],
  ["comments on issues", "issue_comment"],
  ["comments on pull requests", "pull_request_comment"],
  ["reviews", "pull_request_review"],
  ["closed pull requests", "pull_request"],
]

export const HEARD_EVENTS: readonly string[] = HEARD.flatMap(([, ...events]) => events)

export function hearsNewIssues(events: readonly string[]): boolean {
  return NEW_ISSUES.some((event) => events.includes(event))
}

export function judgeHooks(hooks: readonly GiteaHook[] | Hidden): Check {
  const check = "webhook"
  const fix = "docs/forge.md, step 6"
  if (hooks === "hidden") return { check, state: "note", detail: HIDDEN, fix: SHOW }
  if (hooks.length === 0) return { check, state: "fail", detail: "there is none", fix }
  const active = hooks.filter(({ isActive }) => isActive)
  if (active.length === 0) return { check, state: "fail", detail: "none is active", fix }
  const usable = active.filter(({ contentType }) => contentType === "json")
  if (usable.length === 0) return { check, state: "fail", detail: "none has the content type application/json", fix }
  const events = new Set(usable.flatMap((hook) => hook.events))
  const late = HEARD.filter(([, ...any]) => !any.some((event) => events.has(event))).map(([what]) => what)
  const urls = usable.map(({ url }) => url).join(", ")
  if (late.includes("new issues")) return { check, state: "fail", detail: `${urls} does not receive new issues`, fix }
  if (late.length > 0)
    return {
      check,
      state: "note",
      detail: `${urls} does not receive ${late.join(", ")}: they are up to 5 minutes late`,
      fix,
    }
  return { check, state: "ok", detail: urls }
}

export function judgeProtections(
  rules: readonly GiteaProtection[] | Hidden,
  { defaultBranch, bot }: { readonly defaultBranch: string; readonly bot: string },
): readonly Check[] {
  if (rules === "hidden") return [{ check: "branch protection", state: "note", detail: HIDDEN, fix: SHOW }]
  return [judgeOwnBranches(rules, bot), judgeDefaultBranch(rules, defaultBranch, bot)]
}

const PROTECT = "docs/forge.md, step 7"

/** A rule that lets nobody push shuts the run's own branches: Gitea's new rules do. */
function judgeOwnBranches(rules: readonly GiteaProtection[], bot: string): Check {
  const check = "bot branches"
  const covering = rules.filter(({ rule }) => rule.startsWith("bot-bottle/") || rule === "**")
  const shut = covering.find(({ pushers }) => !mayPush(pushers, bot))
  const fix = `allow ${bot} to push to ${shut?.rule} (${PROTECT})`
  if (shut !== undefined) return { check, state: "fail", detail: `the rule ${shut.rule} lets ${bot} push nothing`, fix }
  const workflows = covering.filter(({ protectsWorkflows }) => protectsWorkflows).map(({ rule }) => rule)
  if (workflows.length === 0)
    return {
      check,
      state: "note",
      detail: "no rule protects workflow files on bot-bottle/**; the git gate does",
      fix: PROTECT,
    }
  return { check, state: "ok", detail: `workflow files are protected on ${workflows.join(", ")}` }
}

function judgeDefaultBranch(rules: readonly GiteaProtection[], branch: string, bot: string): Check {
  const check = "default branch"
  const own = rules.find(({ rule }) => rule === branch)
  if (own !== undefined && !mayPush(own.pushers, bot))
    return { check, state: "ok", detail: `${bot} may not push to ${branch}` }
  const detail = `the forge lets ${bot} push to ${branch}; the git gate does not`
  return { check, state: "note", detail, fix: PROTECT }
}

function mayPush(pushers: GiteaProtection["pushers"], bot: string): boolean {
  return (
    pushers === "writers" || (pushers !== "nobody" && pushers.some((name) => name.toLowerCase() === bot.toLowerCase()))
  )
}

export const HIDDEN = "only an administrator of the repository can see it"
export const SHOW = "export FORGE_ADMIN_TOKEN, an administrator's with write:repository, for this check alone"
