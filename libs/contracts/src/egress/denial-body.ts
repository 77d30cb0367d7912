// The JSON of a refusal, where no provider's shape is asked for: one body that a program can parse
// and that clients print for a person.
//
// npm and Yarn print `error`, so it must be text; OpenAI's client for Python prints `error.message`
// alone. GitHub's clients and Git LFS print `message`.

import type { Denial } from "./denial.ts"

/** Where programs find the parts of the refusal. */
export const DENIAL_KEY = "bot_bottle_denied"

/** `error`: an object only for clients of model APIs. */
export function formatDenialBody({ reason, message, hint }: Denial, error: "text" | "object"): string {
  const text = `${message} ${hint}`
  return `${JSON.stringify({
    message,
    error: error === "text" ? text : { type: DENIAL_KEY, reason, message: text },
    [DENIAL_KEY]: { reason, message, hint },
  })}\n`
}
