// A webhook delivery: the subject that it tells us to look at. It decides nothing: the orchestrator
// asks the forge.
//
// Deliveries are neither ordered nor repeated, and their contents may be old, so only the
// repository, the number and the kind are taken from them.

import * as v from "valibot"
import { parseRepositoryName, type RepositoryName } from "../repository-name.ts"

export type WebhookEvent =
  | { readonly kind: "issue"; readonly repository: RepositoryName; readonly number: number }
  /** A comment or a review on an issue or a pull request. */
  | { readonly kind: "comment"; readonly repository: RepositoryName; readonly number: number }
  | { readonly kind: "pull-request"; readonly repository: RepositoryName; readonly number: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" }

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const numbered = v.object({ number })
const delivery = v.object({
  action: v.optional(v.string(), ""),
  repository: v.object({ name: v.string(), owner: v.object({ login: v.string() }) }),
  issue: v.nullish(numbered),
  pull_request: v.nullish(numbered),
})

/** `event` as `X-Gitea-Event` carries it: coarse, so the body's `action` and parts tell the rest. */
export function parseWebhook(event: string, body: string): WebhookEvent {
  const kind = kindOf(event)
  if (kind === undefined) return { kind: "unknown" }
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return { kind: "malformed" }
  }
  const result = v.safeParse(delivery, json)
  if (!result.success) return { kind: "malformed" }
  const { repository, issue, pull_request } = result.output
  const name = parseRepositoryName(repository.owner.login, repository.name)
  const subject = issue?.number ?? pull_request?.number
  if (name === undefined || subject === undefined) return { kind: "malformed" }
  return { kind, repository: name, number: subject }
}

function kindOf(event: string): "issue" | "comment" | "pull-request" | undefined {
  if (event === "issues") return "issue"
  if (event === "issue_comment") return "comment"
  // Reviews arrive under three names, one for each verdict.
  if (/^pull_request_(?:comment|rejected|approved)$/.test(event)) return "comment"
  if (event === "pull_request") return "pull-request"
  return undefined
}
