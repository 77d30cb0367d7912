// The hidden lines by which bot-bottle recognises its own comments.
//
// They stand at the very end. An agent's text cannot hold one: hidden comments in it are
// neutralised before the marker is added.

/** Ends a comment or description that an agent wrote. */
export function agentMarker(slug: string): string {
  return `<!-- bot-bottle run=${slug} -->`
}

/** Ends the summary for one `signal_done`; a restart looks for it before it posts again. */
export function summaryMarker(slug: string, signalId: string): string {
  return `<!-- bot-bottle run=${slug} summary=${signalId} -->`
}

/** Ends a refusal to start a run, by its reason, so that it is said once. */
export function refusalMarker(reason: string): string {
  return `<!-- bot-bottle refused=${reason} -->`
}

export function endsWithMarker(body: string, marker: string): boolean {
  return body.trimEnd().endsWith(marker)
}
