// `--workspace bind`: the operator's own folder as the workspace, checked before anything is
// created, opened when the bottle is built, given back when the run is over.

import { OperatorProblem, type Slug, showHidden } from "@bot-bottle/contracts"
import type { BindEnd, OpenBind } from "@bot-bottle/workspace"
import type { Env } from "../env.ts"
import { turnOf } from "../runs/claims.ts"
import type { BringUp } from "./launch-site.ts"
import type { LaunchChoice } from "./resolve-launch.ts"

/** Throws OperatorProblem for a folder that cannot be bound. Creates nothing. */
export async function checkBind(env: Env, launch: LaunchChoice & { readonly backendName: string }): Promise<void> {
  if (launch.bindFolder === undefined) return
  if (launch.backendName !== "bwrap") {
    throw new OperatorProblem(`--workspace bind is not available with backend '${launch.backendName}'`, {
      exitCode: 2,
      hint: "use --backend bwrap, or --workspace copy",
    })
  }
  const { prepareBind } = await import("@bot-bottle/workspace")
  await prepareBind(launch.bindFolder, env.root)
}

/** Undefined for a run with a workspace of its own. */
export async function openLaunchBind(
  { env, ledger, launch, launcher }: BringUp,
  slug: Slug,
): Promise<OpenBind | undefined> {
  if (launch.bindFolder === undefined) return undefined
  const { openBind } = await import("@bot-bottle/workspace")
  return openBind({ folder: launch.bindFolder, root: env.root, slug, turn: turnOf(ledger, "bind", launcher) })
}

export function describeBindEnd({ quarantined, problems }: BindEnd): readonly string[] {
  return [
    ...quarantined.map(
      ({ path, to, why }) => `taken out of the folder: ${showHidden(path)}: ${why}; it is in ${showHidden(to)}`,
    ),
    ...problems.map(showHidden),
  ]
}
