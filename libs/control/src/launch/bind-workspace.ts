// `--workspace bind`: the operator's own folder as the workspace, checked before anything is
// created, opened when the bottle is built, given back when the run is over.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import type { HiddenNames, OpenBind } from "@bot-bottle/workspace"
import type { HostEnv } from "../host.ts"
import type { LaunchChoice } from "../resolve/resolve-launch.ts"
import { turnOf } from "./claims.ts"
import type { BringUp } from "./launch-site.ts"

/** Throws OperatorProblem for a folder that cannot be bound. Creates nothing. */
export async function checkBind(env: HostEnv, launch: LaunchChoice & { readonly backendName: string }): Promise<void> {
  if (launch.bindFolder === undefined) return
  if (launch.backendName !== "bwrap") {
    throw new OperatorProblem(`--workspace bind is not available with backend '${launch.backendName}'`, {
      exitCode: 2,
      hint: "use --backend bwrap, or --workspace copy",
    })
  }
  const { prepareBind } = await import("@bot-bottle/workspace")
  try {
    await prepareBind(launch.bindFolder, env.root, hiddenNames(launch))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error
    throw new OperatorProblem(`${launch.bindFolder} cannot be read: permission denied`, {
      hint: "start in a folder of yours, or with --workspace empty",
      cause: error,
    })
  }
}

export function hiddenNames({ secrets, bottle }: Pick<LaunchChoice, "secrets" | "bottle">): HiddenNames {
  return { secrets, hide: bottle.workspaceHide }
}

/** Undefined for a run with a workspace of its own. */
export async function openLaunchBind(
  { env, ledger, launch, launcher }: BringUp,
  slug: Slug,
): Promise<OpenBind | undefined> {
  if (launch.bindFolder === undefined) return undefined
  const { openBind } = await import("@bot-bottle/workspace")
  return openBind({
    folder: launch.bindFolder,
    root: env.root,
    slug,
    turn: turnOf(ledger, "bind", launcher),
    names: hiddenNames(launch),
  })
}
