// What a bottle's system files come from, made ready before anything of the run exists.

import { openBackend } from "@bot-bottle/bottle"
import type { Host } from "../host.ts"
import { openProgress } from "../terminal/progress.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"

/** Undefined for a backend that shows the host's own. */
export async function prepareImage(
  { env, screen }: Host,
  { backendName, image }: Pick<ResolvedLaunch, "backendName" | "image">,
): Promise<string | undefined> {
  using progress = openProgress(screen)
  return await (await openBackend(backendName, env)).prepare(image, (what) => progress.say(what))
}
