// `state/<slug>/forge/launch.json`: what a forge run was launched with, for its summaries and for
// `why-commit`. Written by the launcher before the agent runs.

import * as v from "valibot"
import { boundedText, listOf, name, wholeNumber } from "../shapes/bounds.ts"
import type { MessageOf } from "../shapes/parse-message.ts"

export const MAX_LAUNCH_FACTS = 4 * 1024 * 1024

export const launchFactsSchema = v.object({
  launchId: name(),
  /** ISO 8601 with offset. */
  startedAt: name(),
  policyHash: boundedText(256),
  /** Of this build; `""` when it cannot be told. */
  commit: boundedText(256),
  /** The issue of a run that was started by hand as well. Null in files of older builds. */
  forge: v.optional(
    v.nullable(
      v.object({
        owner: name(),
        repo: name(),
        /** Null: the run may read, and writes to nothing. */
        issueNumber: v.nullable(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
        /** Of the forge, for people: `https://gitea.example.com`. */
        webUrl: boundedText(2_048),
      }),
    ),
    null,
  ),
  /** Counted when the run's files are removed, its egress log among them. */
  deniedRequests: v.exactOptional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  /** One line each, as people read them: `api.anthropic.com:443`. */
  routes: listOf(boundedText(512), 10_000),
})

export type LaunchFacts = MessageOf<typeof launchFactsSchema>
