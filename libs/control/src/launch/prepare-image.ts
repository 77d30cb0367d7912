// The source of a bottle's system files, made ready before anything of the run exists.

import { openBackend } from "@bot-bottle/bottle"
import type { ControlHost } from "../host.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"

/** Undefined for a backend that shows the host's own. */
export async function prepareImage(
  { env, notify }: ControlHost,
  { backendName, image }: Pick<ResolvedLaunch, "backendName" | "image">,
): Promise<string | undefined> {
  const backend = await openBackend(backendName, env)
  const steps: string[] = []
  try {
    return await backend.prepare(image, (what) => {
      steps.push(what)
      notify({ kind: "image-prepare", step: "preparing", what })
    })
  } finally {
    for (const what of steps.slice(-1)) notify({ kind: "image-prepare", step: "done", what })
  }
}
