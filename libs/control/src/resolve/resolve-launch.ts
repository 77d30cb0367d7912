// From what the operator asked to everything a launch needs, read but not yet started:
// manifests, provider, routes with their credentials, environment, budgets.
//
//   INV-44  Every check is made before anything is created: a refused launch leaves no run,
//           no state folder and no process behind.

import { BACKEND_NAMES, type BackendName, parseBackendName } from "@bot-bottle/bottle"
import {
  type BudgetLimit,
  type CredentialedRoute,
  type FanOut,
  OperatorProblem,
  type PriceRow,
  type ProviderName,
  type RunBudgets,
  type ShutdownPolicy,
  type Slug,
  type Tags,
} from "@bot-bottle/contracts"
import { createRouteTable } from "@bot-bottle/egress/routes"
import { findLogin } from "@bot-bottle/logins"
import {
  type AgentManifest,
  type BottleManifest,
  type EnvValue,
  loadPrices,
  placeOfValue,
  type Settings,
  type Skill,
} from "@bot-bottle/manifest"
import { listProviders, type Provider } from "@bot-bottle/providers"
import { type AskValue, Declined } from "../answer.ts"
import { type ResolvedRepository, resolveRepositories } from "../forge/resolve-repositories.ts"
import { composeRunBudgets, readBudgetFlag } from "./budgets/run-budgets.ts"
import { attachCredentials } from "./credentials/attach-credentials.ts"
import {
  type FindVariable,
  type FoundCredential,
  findCredential,
  loadCredential,
  type MissingCredential,
} from "./credentials/find-credential.ts"
import { checkAuth, wantedBy } from "./credentials/wanted-credential.ts"
import { findProviders } from "./launch-providers.ts"

export interface LaunchChoice {
  readonly agent: AgentManifest
  readonly bottle: BottleManifest
  /** In merge order. */
  readonly bottles: readonly string[]
  readonly settings: Settings
  /** As typed. */
  readonly budget: string | undefined
  readonly shutdown: ShutdownPolicy | undefined
  readonly tags: Tags
  /** Of the launch's flags, or of those a resumed run was started with. */
  readonly fanOut?: FanOut | undefined
  readonly backend: string | undefined
  /** As typed; an absolute path when it is a Dockerfile. */
  readonly imageFlag?: string | undefined
  /** Undefined when the agent is to be used by hand. */
  readonly prompt: string | undefined
  /** First words for an agent that is used by hand. */
  readonly opening: string | undefined
  readonly agentArguments: readonly string[]
  /** The agent's, read. */
  readonly skills?: readonly Skill[]
  readonly workspace: "empty" | "copy" | "kept" | "bind"
  /** Files of the workspace that may hold secrets. */
  readonly secrets: "hidden" | "shown"
  /** Hosts that no route lists are let through, without a credential, and logged. */
  readonly observe: boolean
  /** Host folder that is copied; goes with `copy`. */
  readonly copyFolder?: string
  /** The workspace is empty, and nobody asked for that. */
  readonly leavesFolderOut?: true
  /** Path of a copy in the bottle, when it is to be another than the usual one. */
  readonly guestPath?: string
  /** Host folder the agent works in itself; goes with `bind`. */
  readonly bindFolder?: string
  /** Limits of the flag that a resumed run was first started with. */
  readonly keptFlags?: readonly BudgetLimit[]
}

export interface ResolvedLaunch extends LaunchChoice {
  readonly provider: Provider
  readonly backendName: BackendName
  /** Of the nearest that names one: the run, its bottle, its provider. */
  readonly image: string | undefined
  readonly policy: ShutdownPolicy
  readonly meters: readonly ProviderName[]
  /** The providers of `meters`, in that order. */
  readonly metered: readonly Provider[]
  readonly credentials: ReadonlyMap<ProviderName, FoundCredential>
  /** Of a preview only: nothing is launched without them. */
  readonly missing: readonly MissingCredential[]
  readonly routes: readonly CredentialedRoute[]
  /** `git.repos`, tokens in hand. */
  readonly repositories: readonly ResolvedRepository[]
  /** The variables that the manifest sets in the guest, with their values. */
  readonly env: Readonly<Record<string, string>>
  /** The operator's own, of prices.yml. */
  readonly prices: readonly PriceRow[]
  budgetsFor(slug: Slug): RunBudgets
}

export type Purpose = "launch" | "preview"

export interface ResolveOptions {
  readonly find: FindVariable
  /** For credentials, which stay on the host. */
  readonly findSecret: FindVariable
  readonly ask: AskValue
  /** A preview notes credentials that are missing, and asks nothing; a launch is refused for them. */
  readonly purpose: Purpose
  /** The host root, for the operator's plugins. Absent: none. */
  readonly root?: string
}

export async function resolveLaunch(
  choice: LaunchChoice,
  { find, findSecret, ask, purpose, root }: ResolveOptions,
): Promise<ResolvedLaunch> {
  const { agent, bottle, bottles, settings } = choice
  const { provider, metered } = await findProviders(bottle, root)
  const meters = metered.map(({ name }) => name)
  checkSkills(choice, provider)
  const policy = decidePolicy(choice)
  const backendName = decideBackend(choice)
  const flag = choice.budget === undefined ? undefined : readBudgetFlag(choice.budget, meters)

  checkAuth(provider, bottle)
  const search = {
    find: findSecret,
    findLogin: (name: string, login: string) =>
      root === undefined ? undefined : findLogin(root, { provider: name, name: login }),
    nowMs: Date.now(),
  }
  const credentials = new Map<ProviderName, FoundCredential>()
  const missing: MissingCredential[] = []
  for (const one of metered) {
    if (one.isCredentialFree === true) continue
    const wanted = wantedBy(one, one.name === meters[0], bottle)
    if (purpose === "launch") credentials.set(one.name, loadCredential(one, wanted, search))
    else {
      const result = findCredential(one, wanted, search)
      if (result.outcome === "found") credentials.set(one.name, result.credential)
      else missing.push(result.missing)
    }
  }
  const routes = attachCredentials({
    manifest: bottle.routes,
    dlp: bottle.dlp,
    harness: provider,
    metered,
    // A run's own providers speak last: of a host that two bill, its row says which.
    known: [...listProviders(), ...metered],
    credentials,
    missing,
    find: findSecret,
  })
  // For what it throws: a table the proxy would refuse must stop the launch, not the run.
  createRouteTable(routes)
  const repositories = resolveRepositories(bottle, find)
  const env = await resolveEnv(bottle, { find, ask, purpose })
  return {
    ...choice,
    provider,
    backendName,
    image: decideImage(choice, backendName, provider),
    policy,
    meters,
    metered,
    credentials,
    missing,
    routes,
    repositories,
    env,
    prices: root === undefined ? [] : loadPrices(root),
    budgetsFor: (slug) =>
      composeRunBudgets({
        slug,
        agent,
        bottle,
        bottles,
        settings,
        flag,
        fanOut: choice.fanOut,
        meters,
        policy,
        ...(choice.keptFlags === undefined ? {} : { keptFlags: choice.keptFlags }),
      }),
  }
}

function checkSkills({ agent }: LaunchChoice, { name, skillsFolder }: Provider): void {
  if (agent.skills.length === 0 || skillsFolder !== undefined) return
  throw new OperatorProblem(
    `${placeOfValue(agent, "skills")}: agent '${agent.name}' has skills, and provider '${name}' knows none`,
    {
      hint: "take 'skills' out of the agent, or use another bottle",
    },
  )
}

function decidePolicy({ shutdown, agent, bottle, settings }: LaunchChoice): ShutdownPolicy {
  return shutdown ?? agent.shutdown ?? bottle.shutdown ?? settings.shutdown
}

function decideBackend({ backend, settings }: LaunchChoice): BackendName {
  const asked = backend ?? settings.backend ?? "bwrap"
  const name = parseBackendName(asked)
  if (name !== undefined) return name
  throw new OperatorProblem(`there is no backend '${asked}'`, {
    exitCode: backend === undefined ? 1 : 2,
    hint: `use ${BACKEND_NAMES.join(" or ")}`,
  })
}

/** A bottle's image waits for the backend that has images; on a flag without one, somebody counts. */
function decideImage(
  { imageFlag, bottle }: LaunchChoice,
  backend: BackendName,
  provider: Provider,
): string | undefined {
  if (backend === "docker") return imageFlag ?? bottle.image ?? provider.image
  if (imageFlag === undefined) return undefined
  throw new OperatorProblem(`--image: backend '${backend}' has no images`, {
    exitCode: 2,
    hint: "it shows the host's own programs; images are for --backend docker",
  })
}

async function resolveEnv(
  bottle: BottleManifest,
  options: Pick<ResolveOptions, "find" | "ask" | "purpose">,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(bottle.env))
    values[name] = await resolveValue(bottle, name, value, options)
  return values
}

async function resolveValue(
  bottle: BottleManifest,
  name: string,
  value: EnvValue,
  { find, ask, purpose }: Pick<ResolveOptions, "find" | "ask" | "purpose">,
): Promise<string> {
  const at = placeOfValue(bottle, `env.${name}`)
  switch (value.kind) {
    case "literal":
      return value.value
    case "host": {
      const text = find(value.name)
      if (text !== undefined) return text
      throw new OperatorProblem(`${at}: env.${name}: host variable '${value.name}' is not set`, {
        hint: `export ${value.name}`,
      })
    }
    case "ask": {
      if (purpose === "preview") return ""
      const prompt = value.prompt === "" ? `Value of ${name}` : value.prompt
      const answer = await ask({ kind: "bottle-value", bottle: bottle.name, name, prompt })
      if (answer.outcome === "text") return answer.text
      if (answer.outcome === "no") throw new Declined()
      throw new OperatorProblem(`${at}: env.${name} needs a terminal to ask you, and a headless run has none`, {
        hint: `give ${name} a value in the bottle, or "\${${name}}" to take it from the host`,
      })
    }
  }
}
