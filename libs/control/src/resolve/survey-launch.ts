// Looks on this host for facts of a launch that its values do not hold: files that stay hidden,
// tools that the bottle lacks. A launch asks for it only when a person reads it.

import { type HiddenTool, listHiddenTools } from "@bot-bottle/bottle"
import type { HiddenCount } from "@bot-bottle/workspace"
import type { HostEnv } from "../host.ts"
import { hiddenNames } from "../launch/bind-workspace.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"

export interface LaunchSurvey {
  /** Of a folder that is copied or bound; undefined where nothing is, or all is shown. */
  readonly hidden: HiddenCount | undefined
  /** The operator's usual tools that the bottle does not have. */
  readonly missingTools: readonly HiddenTool[]
}

/** A question that waits for longer is noticed. */
const SURVEY_TIMEOUT_MS = 300

export async function surveyLaunch(env: HostEnv, launch: ResolvedLaunch): Promise<LaunchSurvey> {
  return {
    hidden: await countSecrets(env, launch),
    // An image has tools of its own.
    missingTools: launch.backendName === "bwrap" ? listHiddenTools(env.path) : [],
  }
}

async function countSecrets(env: HostEnv, launch: ResolvedLaunch): Promise<HiddenCount | undefined> {
  const { bindFolder, workspace, copyFolder = env.cwd } = launch
  const names = hiddenNames(launch)
  if (names.secrets === "shown" || (workspace !== "copy" && bindFolder === undefined)) return undefined
  const { countHidden, prepareBind } = await import("@bot-bottle/workspace")
  if (bindFolder === undefined) return countHidden(copyFolder, { rules: names.hide, timeoutMs: SURVEY_TIMEOUT_MS })
  return { count: (await prepareBind(bindFolder, env.root, names)).hidden.length, isWhole: true }
}
