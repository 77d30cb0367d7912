// The owner of a run on the host: the uid that owns the files its agent may write.
//
// Started by root, each run has a uid of its own that no account uses; started by anyone else,
// a run is that user.

import { lchownSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findTool } from "@bot-bottle/kernel"
import type { BottlePlan } from "./plan.ts"

/** First of 65536 uids above what accounts, containers and systemd's dynamic users take. */
const FIRST_UID = 1_879_048_192

/** The uid a run has on the host when root started it; the same for every start of the run, so that its files stay its own. */
export function uidOfRun(slug: string): number {
  return FIRST_UID + (Number(Bun.hash(slug) % 65536n) | 0)
}

/** Makes the run's own uid the owner of what it may write. Symlinks are changed, never followed. */
export async function giveToRun(plan: BottlePlan): Promise<void> {
  const uid = uidOfRun(plan.slug)
  const folders = plan.mounts
    .filter(({ access, keepsOwner }) => access === "read-write" && keepsOwner !== true)
    .map(({ source }) => source)
  // These before anything else: whoever builds the bottle, by then that uid, passes through them.
  for (const folder of folders) lchownSync(folder, uid, uid)
  const owner = `${uid}:${uid}`
  const chown = Bun.spawn([findTool("chown") ?? "chown", "-R", "-P", "--no-dereference", owner, "--", ...folders], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  const [stderr, exitCode] = await Promise.all([chown.stderr.text(), chown.exited])
  if (exitCode === 0) return
  throw new OperatorProblem(`Cannot give the run its files: ${stderr.trim()}`, { exitCode: 3 })
}
