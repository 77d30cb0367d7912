// Composes the prompts of a run: the first from an issue, later ones from comments.
//
// The words come from people on the forge. They are marked as theirs; the rules of the run stand
// in the instructions that the launcher adds, which nobody on the forge can change.

import type { Comment, Issue } from "@bot-bottle/forge"

/** Linux takes no argument of 128 KiB, and the agent gets its prompt as one. */
const MAX_PROMPT_BYTES = 96 * 1024

export function firstPrompt(
  issue: Pick<Issue, "number" | "title" | "body" | "author">,
  comments: readonly Comment[],
): string {
  const said = comments.map(({ user, body }) => section(`Comment by ${user}`, body))
  return shorten(
    [
      `Work on issue #${issue.number}: ${oneLine(issue.title)}`,
      section(`Description by ${issue.author}`, issue.body),
      ...said,
    ].join("\n\n"),
  )
}

export function nextPrompt(
  issueNumber: number,
  comments: readonly { readonly user: string; readonly body: string }[],
): string {
  const said = comments.map(({ user, body }) => section(`Comment by ${user}`, body))
  return shorten([`There is news on issue #${issueNumber}. Carry on with your work.`, ...said].join("\n\n"))
}

function section(title: string, body: string): string {
  return `${title}:\n${body.trim() === "" ? "(empty)" : body.trim()}`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim()
}

/** Whole characters; the beginning stays, since it holds the task. */
function shorten(text: string): string {
  const bytes = new TextEncoder().encode(text.replaceAll("\0", ""))
  if (bytes.length <= MAX_PROMPT_BYTES) return text.replaceAll("\0", "")
  const kept = new TextDecoder().decode(bytes.subarray(0, MAX_PROMPT_BYTES)).replace(/\ufffd+$/, "")
  return `${kept}\n\n(The rest was cut off: read it with the forge's tools.)`
}
