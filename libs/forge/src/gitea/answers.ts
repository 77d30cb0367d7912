// Gitea 1.26's answers, as schemas: only the fields we read, each checked.
//
// Gitea writes null for "none" in several places (assignees, a deleted user's name, bodies);
// the schemas turn those into the empty value once, here.

import * as v from "valibot"
import type { Comment, Issue, PullRequest } from "../forge.ts"

const text = v.nullish(v.string(), "")
const account = v.object({ login: v.string() })
const login = v.pipe(
  v.nullish(account, { login: "" }),
  v.transform((user) => user.login),
)
const logins = v.pipe(
  v.nullish(v.array(account), []),
  v.transform((users) => users.map((user) => user.login)),
)
const labels = v.pipe(
  v.nullish(v.array(v.object({ name: v.string() })), []),
  v.transform((all) => all.map(({ name }) => name)),
)
const state = v.picklist(["open", "closed"])
const integer = v.pipe(v.number(), v.safeInteger())
const number = v.pipe(integer, v.minValue(1))

export const issueAnswer = v.pipe(
  v.object({
    number,
    title: v.string(),
    body: text,
    state,
    user: login,
    assignees: logins,
    labels,
    pull_request: v.nullish(v.object({})),
    html_url: text,
    content_version: v.optional(integer),
  }),
  v.transform(({ user, pull_request, html_url, content_version, ...issue }): Issue & { contentVersion?: number } => ({
    ...issue,
    author: user,
    isPullRequest: pull_request != null,
    url: html_url,
    ...(content_version === undefined ? {} : { contentVersion: content_version }),
  })),
)

const branch = v.object({ ref: v.string(), repo_id: integer })

export const pullAnswer = v.pipe(
  v.object({
    number,
    title: v.string(),
    body: text,
    state,
    merged: v.boolean(),
    user: login,
    head: branch,
    base: branch,
    html_url: text,
  }),
  v.transform(
    ({ merged, user, head, base, html_url, ...pull }): PullRequest => ({
      ...pull,
      isMerged: merged,
      author: user,
      head: head.ref,
      base: base.ref,
      isHeadInRepository: head.repo_id === base.repo_id,
      url: html_url,
    }),
  ),
)

export const commentAnswer = v.pipe(
  v.object({ id: integer, user: login, body: text, created_at: text }),
  v.transform(({ created_at, ...comment }): Comment => ({ ...comment, createdAt: created_at })),
)

export const reviewAnswer = v.object({
  id: integer,
  user: login,
  body: text,
  submitted_at: text,
  comments_count: integer,
})
export const remarkAnswer = v.object({ path: text, body: text })
export const userAnswer = v.object({ login: v.string() })
export const repositoryAnswer = v.object({ default_branch: v.string() })
export const repositoryIdentityAnswer = v.object({
  id: integer,
  full_name: v.pipe(v.string(), v.regex(/^[^/]+\/[^/]+$/)),
  created_at: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text)), "not a time"),
  ),
})

/** An entry of an issue's timeline that says a pull request refers to it. */
export const timelineAnswer = v.object({
  id: integer,
  type: text,
  ref_action: text,
  ref_issue: v.nullish(v.object({ number, pull_request: v.nullish(v.object({})) })),
})
