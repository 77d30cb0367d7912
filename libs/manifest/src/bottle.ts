// Reads one bottle file. Nothing is inherited or defaulted here: what the file does not say
// stays unsaid, and an explicit `{}` or `[]` stays visible, because it clears on merge.

import {
  ON_LIMIT_RULES,
  type OnLimit,
  type ProviderName,
  type ShutdownPolicy,
  type WorkspaceMode,
  type WorkspacePath,
} from "@bot-bottle/contracts"
import { type AgentProviderFields, agentProviderFor } from "./keys/agent-provider.ts"
import { budgetFor, shutdown } from "./keys/budget.ts"
import { type EgressFields, egressOf } from "./keys/egress.ts"
import { env } from "./keys/env.ts"
import { type FanOutFields, fanOutReaders } from "./keys/fan-out.ts"
import { type ForgeFields, forge } from "./keys/forge.ts"
import { type GitFields, git } from "./keys/git.ts"
import { image } from "./keys/image.ts"
import { type LimitFields, limits } from "./keys/limits.ts"
import { manifestName } from "./keys/reference.ts"
import { workspace, workspaceHide, workspacePath } from "./keys/workspace.ts"
import type { EnvValue, ManifestProblem } from "./manifest.ts"
import { readDocument } from "./yaml/document.ts"
import { type Entries, type Fields, fields, flag, listOf, oneOf, type Reader, type Sourced } from "./yaml/fields.ts"
import { splitFrontmatter } from "./yaml/frontmatter.ts"

/** One file's say, before its ancestors are folded in. */
export interface BottleLayer extends Fields<BottleFields> {
  readonly name: string
  readonly file: string
}

export interface BottleFields extends FanOutFields {
  extends: readonly Sourced<string>[]
  env: Entries<EnvValue>
  agent_provider: Fields<AgentProviderFields>
  egress: Fields<EgressFields>
  git: Fields<GitFields>
  forge: Fields<ForgeFields>
  budget: Entries<number>
  shutdown: ShutdownPolicy
  on_limit: OnLimit
  limits: Fields<LimitFields>
  image: string
  workspace: WorkspaceMode
  workspace_path: WorkspacePath
  workspace_hide: readonly Sourced<string>[]
  supervise: boolean
}

export type BottleResult =
  | { readonly outcome: "parsed"; readonly layer: BottleLayer }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export interface BottleSource {
  readonly name: string
  readonly file: string
  /** Every metered provider there is: ours and the operator's plugins. */
  readonly providers: readonly ProviderName[]
}

export function parseBottle(text: string, { name, file, providers }: BottleSource): BottleResult {
  const split = splitFrontmatter(text, file)
  if (split.outcome === "broken") return split
  const read = readDocument({ text: split.yaml, file, firstLine: split.firstLine }, readerOf(name, providers))
  return read.outcome === "read" ? { outcome: "parsed", layer: { ...read.value, name, file } } : read
}

function readerOf(name: string, providers: readonly ProviderName[]): Reader<Fields<BottleFields>> {
  return fields<BottleFields>({
    extends: parents,
    env,
    agent_provider: agentProviderFor(providers),
    egress: egressOf(name),
    git,
    forge,
    budget: budgetFor(providers),
    ...fanOutReaders,
    shutdown,
    on_limit: oneOf(ON_LIMIT_RULES),
    limits,
    image,
    workspace,
    workspace_path: workspacePath,
    workspace_hide: workspaceHide,
    supervise: flag,
  })
}

/** One name, or a list of them. */
const parents: Reader<readonly Sourced<string>[]> = (node, place) => {
  if (node.kind === "list") return listOf(manifestName)(node, place)
  const parent = manifestName(node, place)
  return parent === undefined ? undefined : [{ value: parent, origin: { file: place.file, line: node.line } }]
}
