// Notes that tie a run's commits to the run: `Bot-Bottle-Run` and the policy it ran under.
//
// The gate writes them, since an agent would write what it likes into a commit. They are a view
// on the remote; the record is the audit chain, so a note that cannot be pushed is only reported.

import { runGateGit } from "./git-process.ts"
import type { GateRepository } from "./repository.ts"

const NOTES = "refs/notes/bot-bottle"
/** Another run may have pushed its notes meanwhile. */
const MAX_TRIES = 3
const TIMEOUT_MS = 60_000

export interface NoteRun {
  readonly slug: string
  readonly policyHash: string
}

/** False when the remote did not take them. */
export async function pushNotes(
  { gitDir, config, remoteEnv }: GateRepository,
  commits: readonly string[],
  run: NoteRun,
): Promise<boolean> {
  const text = `Bot-Bottle-Run: ${run.slug}\nBot-Bottle-Policy: ${run.policyHash}\n`
  const author = {
    GIT_AUTHOR_NAME: "bot-bottle",
    GIT_AUTHOR_EMAIL: "bot-bottle@localhost",
    GIT_COMMITTER_NAME: "bot-bottle",
    GIT_COMMITTER_EMAIL: "bot-bottle@localhost",
  }
  const git = (args: readonly string[]) =>
    runGateGit(gitDir, args, { env: { ...remoteEnv, ...author }, timeoutMs: TIMEOUT_MS })
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    await git(["fetch", "--quiet", "--no-write-fetch-head", config.url, `+${NOTES}:${NOTES}`])
    for (const commit of commits)
      if ((await git(["notes", `--ref=${NOTES}`, "add", "-f", "-m", text, commit])).exitCode !== 0) return false
    if ((await git(["push", "--quiet", "--no-verify", config.url, `${NOTES}:${NOTES}`])).exitCode === 0) return true
  }
  return false
}
