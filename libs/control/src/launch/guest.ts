// The guest's command line, environment and files. No credential is among it; the provider puts
// placeholders of the right shape where its harness looks for one.

import { GUEST } from "@bot-bottle/bottle"
import { foreignProgram, GUEST_SHARE_FILES, type Slug, terminalVariables } from "@bot-bottle/contracts"
import type { BottleManifest, GitUser } from "@bot-bottle/manifest"
import type { Placeholders, Provider } from "@bot-bottle/providers"
import type { HomeFile } from "@bot-bottle/run-state"
import type { ForgeContext } from "../forge/forge-context.ts"
import { forgeNeeds, withForgeInstructions } from "../forge/forge-guest.ts"
import type { FindVariable } from "../resolve/credentials/find-credential.ts"
import { describeSurroundings } from "../resolve/describe-surroundings.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { RunName } from "../resolve/run-name.ts"
import { askNeeds } from "./ask-guest.ts"
import { executableOf } from "./toolchain.ts"

export interface Guest {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly files: readonly HomeFile[]
}

export interface GuestOptions {
  readonly name: RunName
  /** Finds what describes the operator's terminal; undefined when the agent has none. */
  readonly terminal: FindVariable | undefined
  /** The agent continues its earlier conversation. */
  readonly continues: boolean
  /** In the guest. */
  readonly workspace: string
  readonly slug: Slug
  readonly forge: ForgeContext | undefined
}

export function composeGuest(
  launch: ResolvedLaunch,
  { name, terminal, continues, workspace, slug, forge }: GuestOptions,
): Guest {
  const { provider, agent, bottle, prompt, opening, agentArguments } = launch
  const needs = provider.guest({
    guestHome: GUEST.home,
    caFile: `${GUEST.share}/${GUEST_SHARE_FILES.ca}`,
    caBundleFile: `${GUEST.share}/${GUEST_SHARE_FILES.caBundle}`,
    credential: launch.credentials.get(provider.name)?.held,
    placeholders: placeholdersOf(launch),
    systemPrompt: composeSystemPrompt(launch, withForgeInstructions(launch, slug, forge)),
    workspace,
    ...name,
  })
  const tools = [forgeNeeds(provider, slug, forge), askNeeds(launch)]
  return {
    argv: [
      ...programOf(provider, bottle),
      ...provider.composeArgs({
        prompt,
        opening,
        continues,
        needed: [...needs.args, ...tools.flatMap(({ args }) => args)],
        own: agentArguments,
      }),
    ],
    env: {
      ...needs.env,
      ...Object.assign({}, ...tools.map(({ env }) => env)),
      BOT_BOTTLE_LABEL: name.label,
      BOT_BOTTLE_COLOR: name.color,
      ...(terminal === undefined ? {} : terminalVariables(terminal)),
      ...gitEnv({ ...bottle.gitUser, ...agent.gitUser }),
      ...launch.env,
    },
    files: [...needs.files, ...tools.flatMap(({ files }) => files), ...skillFiles(launch)],
  }
}

/** A program without a toolchain of ours gets the agent's own text as it is. */
function composeSystemPrompt(launch: ResolvedLaunch, own: string): string {
  if (launch.provider.toolchain === undefined) return own
  return [own, describeSurroundings(launch)].filter((part) => part !== "").join("\n\n")
}

function skillFiles({ provider, agent, skills = [] }: ResolvedLaunch): readonly HomeFile[] {
  if (skills.length === 0) return []
  const { skillsFolder } = provider
  if (skillsFolder === undefined) throw new Error(`Agent ${agent.name} has skills that ${provider.name} cannot take`)
  return skills.flatMap(({ name, files }) =>
    files.map((file) => ({ ...file, path: `${skillsFolder}/${name}/${file.path}` })),
  )
}

function programOf({ toolchain, program }: Provider, { agentProvider }: BottleManifest): readonly string[] {
  if (toolchain === undefined) return program ?? agentProvider.argv
  const executable = `${GUEST.toolchain}/${executableOf(toolchain)}`
  if (toolchain.interpreter === undefined) return [executable]
  // Starts in the workspace by its nature: the flags keep what lies there from configuring it.
  return foreignProgram(`${GUEST.runtime}/bun`, executable)
}

/** Of everything the run meters: a program may speak to several. */
function placeholdersOf({ metered, credentials }: ResolvedLaunch): Placeholders {
  const all = metered.map((one) => one.placeholders(credentials.get(one.name)?.held))
  return { env: Object.assign({}, ...all.map(({ env }) => env)), files: all.flatMap(({ files }) => files) }
}

function gitEnv({ name, email }: GitUser): Readonly<Record<string, string>> {
  return {
    ...(name === undefined ? {} : { GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name }),
    ...(email === undefined ? {} : { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email }),
  }
}
