// The stand-in's API. As strict as the real one, traps included: comments are not paged,
// `head` is ignored, a missing issue answers a comment with 500, a stranger to the organization
// gets 303.

import type { GiteaJson } from "./gitea-json.ts"
import type { GiteaWorld, StandInIssue } from "./gitea-world.ts"

export interface GiteaCallSeen {
  readonly method: string
  /** Raw, as sent, with its query. */
  readonly path: string
  readonly body: string
}

type Answer = Response | undefined

/** Undefined for a path that Gitea does not have. */
export async function answerGiteaApi(seen: GiteaCallSeen, world: GiteaWorld, json: GiteaJson): Promise<Answer> {
  const url = new URL(seen.path, "http://gitea.test")
  const parts = url.pathname
    .replace(/^\/api\/v1\/?/, "")
    .split("/")
    .map(decodeURIComponent)
  if (parts[0] === "user" && parts.length === 1 && seen.method === "GET") return Response.json(json.user(world.bot))
  if (parts[0] === "version" && seen.method === "GET") return Response.json({ version: "1.26.0" })
  if (parts[0] === "admin") return lacksScope("read:admin", world)
  if (parts[0] === "orgs" && seen.method === "GET") return answerOrganization(parts, world)
  if (parts[0] !== "repos") return undefined
  if (world.movedTo !== undefined) return moved(`/api/v1/repos/${world.movedTo}/${parts.slice(3).join("/")}`)
  if (parts[1]?.toLowerCase() !== world.owner || parts[2]?.toLowerCase() !== world.repo) return notFound()

  const [, , , kind, id, below, reviewId, last] = parts
  const { searchParams: query } = url
  if (kind === undefined && seen.method === "GET") return Response.json(json.repository)
  if (kind === "issues" && id === undefined && seen.method === "GET") return listIssues(query, world, json)
  if (kind === "labels" && seen.method === "GET") return paged(world.labels.map(json.label), query)
  if (kind === "hooks" || kind === "branch_protections")
    return failed(403, "user should be an owner or a collaborator with admin write of a repository")
  if (kind === "pulls" && id === undefined)
    return seen.method === "GET" ? listPulls(query, world, json) : openPull(seen.body, world, json)

  const issue = findIssue(id, world)
  if (kind === "issues" && below === "comments" && seen.method === "POST")
    return postComment(issue, seen.body, world, json)
  if (issue === undefined || (kind === "pulls" && issue.pull === undefined)) return notFound()
  if (kind === "issues" && below === undefined && seen.method === "GET") return Response.json(json.issue(issue))
  if (kind === "issues" && below === undefined && seen.method === "PATCH") return patchIssue(issue, seen.body, json)
  if (kind === "issues" && below === "comments" && seen.method === "GET")
    return counted(
      issue.comments.map((comment) => json.comment(comment, issue)),
      issue.comments.length,
    )
  if (kind === "issues" && below === "timeline") return paged(issue.timeline.map(json.closingEntry), query)
  if (kind === "pulls" && below === undefined && seen.method === "GET") return Response.json(json.pull(issue))
  if (kind === "pulls" && below === "reviews" && reviewId === undefined)
    return paged(
      issue.reviews.map((review) => json.review(review, issue)),
      query,
    )
  if (kind === "pulls" && below === "reviews" && last === "comments")
    return Response.json(issue.reviews.find((review) => `${review.id}` === reviewId)?.remarks ?? [])
  return undefined
}

function answerOrganization([, org, kind, user = ""]: readonly string[], world: GiteaWorld): Answer {
  if (org?.toLowerCase() !== world.org) return notFound()
  if (kind === undefined) return Response.json({ id: 1, name: world.org, username: world.org })
  if (kind !== "members") return undefined
  const members = new Set([...world.members].map((name) => name.toLowerCase()))
  if (!members.has(world.bot.toLowerCase()) && user.toLowerCase() !== world.bot.toLowerCase())
    return moved(`/api/v1/orgs/${org}/public_members/${user}`, 303)
  return members.has(user.toLowerCase()) ? new Response(null, { status: 204 }) : notFound()
}

/** Gitea names the scopes that the token has. */
function lacksScope(required: string, { tokenScopes }: GiteaWorld): Response {
  const has = tokenScopes.join(",")
  return failed(
    403,
    `token does not have at least one of required scope(s), required=[${required}], token scope=${has}`,
  )
}

function findIssue(id: string | undefined, world: GiteaWorld): StandInIssue | undefined {
  return id !== undefined && /^[1-9]\d*$/.test(id) ? world.issues.get(Number(id)) : undefined
}

function listIssues(query: URLSearchParams, world: GiteaWorld, json: GiteaJson): Response {
  const type = query.get("type")
  const state = query.get("state") ?? "open"
  const all = [...world.issues.values()].filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      (type !== "issues" || issue.pull === undefined) &&
      (type !== "pulls" || issue.pull !== undefined),
  )
  return paged(all.reverse().map(json.issue), query)
}

function listPulls(query: URLSearchParams, world: GiteaWorld, json: GiteaJson): Response {
  const state = query.get("state") ?? "open"
  const pulls = [...world.issues.values()].filter(
    (issue) => issue.pull !== undefined && (state === "all" || issue.state === state),
  )
  return paged(pulls.reverse().map(json.pull), query)
}

function openPull(body: string, world: GiteaWorld, json: GiteaJson): Response {
  const { title = "", body: text = "", head = "", base = "" } = fieldsOf(body)
  if (world.isArchived) return new Response(null, { status: 423 })
  if (title === "") return failed(422, "[Title]: Required")
  if (!world.branches.has(head) || !world.branches.has(base)) return notFound()
  if (head === base) return failed(422, "There are no changes between the head and the base")
  const existing = [...world.issues.values()].find(
    ({ pull, state }) => state === "open" && pull?.head === head && pull.base === base,
  )
  if (existing !== undefined)
    return failed(409, `pull request already exists for these targets [id: ${existing.number}]`)
  const pull = { head, base, merged: false, fromFork: false }
  return Response.json(json.pull(world.addIssue({ title, body: text, author: world.bot, pull })), { status: 201 })
}

function postComment(issue: StandInIssue | undefined, body: string, world: GiteaWorld, json: GiteaJson): Response {
  const text = fieldsOf(body)["body"] ?? ""
  if (text === "") return failed(422, "[Body]: Required")
  if (issue === undefined) return failed(500, "")
  if (world.isArchived) return new Response(null, { status: 423 })
  return Response.json(json.comment(world.addComment(issue.number, world.bot, text), issue), { status: 201 })
}

function patchIssue(issue: StandInIssue, body: string, json: GiteaJson): Response {
  const { body: text, content_version } = JSON.parse(body)
  if (content_version !== undefined && content_version !== issue.contentVersion)
    return failed(409, "the issue is already changed")
  issue.body = text
  issue.contentVersion++
  return Response.json(json.issue(issue), { status: 201 })
}

function fieldsOf(body: string): Readonly<Record<string, string>> {
  return JSON.parse(body)
}

function paged(all: readonly object[], query: URLSearchParams): Response {
  const size = Math.min(Number(query.get("limit") ?? 30), 50)
  const start = (Number(query.get("page") ?? 1) - 1) * size
  return counted(all.slice(start, start + size), all.length)
}

function counted(items: readonly object[], total: number): Response {
  return Response.json(items, { headers: { "x-total-count": `${total}` } })
}

function moved(location: string, status = 301): Response {
  return new Response(`<a href="${location}">Moved</a>`, { status, headers: { location, "content-type": "text/html" } })
}

function notFound(): Response {
  return Response.json({ errors: null, message: "The target couldn't be found.", url: "" }, { status: 404 })
}

function failed(status: number, message: string): Response {
  return Response.json({ message, url: "" }, { status })
}
