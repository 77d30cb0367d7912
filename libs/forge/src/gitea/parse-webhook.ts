// A webhook delivery: the subject that it tells us to look at. It decides nothing: the orchestrator
// asks the forge.
//
// Deliveries are neither ordered nor repeated, and their contents may be old, so only the
// repository, the number and the kind are taken from them.

import * as v from "valibot"
import { parseRepositoryName, type RepositoryName } from "../repository-name.ts"

/** Where `serve` takes deliveries. */
export const WEBHOOK_PATHS = ["/", "/webhook"] as const

export type WebhookEvent =
  | { readonly kind: "issue"; readonly repository: RepositoryName; readonly number: number }
  /** A comment or a review on an issue or a pull request. */
  | { readonly kind: "comment"; readonly repository: RepositoryName; readonly number: number }
  | { readonly kind: "pull-request"; readonly repository: RepositoryName; readonly number: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" }

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const numbered = v.object({ number })
const ofRepository = v.object({
  repository: v.object({ name: v.string(), owner: v.object({ login: v.string() }) }),
})
const delivery = v.object({
  ...ofRepository.entries,
  action: v.optional(v.string(), ""),
  issue: v.nullish(numbered),
  pull_request: v.nullish(numbered),
})

/** `event` as `X-Gitea-Event` carries it: coarse, so the body's `action` and parts tell the rest. */
export function parseWebhook(event: string, body: string): WebhookEvent {
  const kind = kindOf(event)
  if (kind === undefined) return { kind: "unknown" }
  const result = v.safeParse(delivery, readJson(body))
  if (!result.success) return { kind: "malformed" }
  const { repository, issue, pull_request } = result.output
  const name = parseRepositoryName(repository.owner.login, repository.name)
  const subject = issue?.number ?? pull_request?.number
  if (name === undefined || subject === undefined) return { kind: "malformed" }
  return { kind, repository: name, number: subject }
}

/** Of any delivery that names a repository, also of an event that we do not know. */
export function findDeliveryRepository(body: string): RepositoryName | undefined {
  const result = v.safeParse(ofRepository, readJson(body))
  if (!result.success) return undefined
  const { name, owner } = result.output.repository
  return parseRepositoryName(owner.login, name)
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function kindOf(event: string): "issue" | "comment" | "pull-request" | undefined {
  if (event === "issues") return "issue"
  if (event === "issue_comment") return "comment"
  // Reviews arrive under three names, one for each verdict.
  if (/^pull_request_(?:comment|rejected|approved)$/.test(event)) return "comment"
  if (event === "pull_request") return "pull-request"
  return undefined
}
