// The configuration of a run's forge sidecar, and which internal names the run's proxy may relay
// to it. Pure but for the look for gitleaks.

import { join } from "node:path"
import {
  DEFAULT_SIDECAR_CAPS,
  FORGE_FILES,
  forgeWebUrl,
  type InternalService,
  type RunFolders,
  type Secret,
  type SharedLedgerConfig,
  type SidecarConfig,
  type SidecarRepository,
  type Slug,
} from "@bot-bottle/contracts"
import { hashPolicy } from "../resolve/launch-hashes.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { ForgeContext } from "./forge-context.ts"

export interface ComposedSidecar {
  readonly config: SidecarConfig
  /** Sockets by the name that the proxy answers. */
  readonly internal: Readonly<Partial<Record<InternalService, string>>>
}

export interface SidecarOptions {
  readonly slug: Slug
  readonly folders: RunFolders
  readonly ledgerPath: string
  readonly sharedLedger: SharedLedgerConfig | undefined
  readonly launchId: string
  /** PATH of the host. */
  readonly path: string
  readonly roots: string
}

/** Undefined for a run without a forge and without repositories. */
export function composeSidecar(
  launch: ResolvedLaunch,
  forge: ForgeContext | undefined,
  { slug, folders, ledgerPath, sharedLedger, launchId, path, roots }: SidecarOptions,
): ComposedSidecar | undefined {
  const ownPrefix = runBranchPrefix(slug)
  const repositories: readonly SidecarRepository[] = [
    ...launch.repositories.map(({ name, url, token, branchPrefix = ownPrefix, isWritable }) => ({
      name,
      url,
      ...(token === undefined ? {} : { token }),
      branchPrefix,
      isWritable,
      allowsWorkflows: launch.bottle.forge.allowsWorkflows,
    })),
    ...(forge === undefined ? [] : [forgeRepository(forge, launch, ownPrefix)]),
  ]
  if (repositories.length === 0) return undefined
  const folder = forgeFolder(folders)
  const gitleaks = Bun.which("gitleaks", { PATH: path })
  return {
    config: {
      slug,
      launchId,
      ledgerPath,
      ...(sharedLedger === undefined ? {} : { sharedLedger }),
      folder,
      ...(forge === undefined ? {} : { forge: { ...describeForge(forge, launch), firstBranch: firstBranch(slug) } }),
      repositories,
      ...(gitleaks === null ? {} : { gitleaks }),
      roots,
      requireGitleaks: launch.bottle.requiresGitleaks,
      policyHash: hashPolicy(launch.routes),
      secrets: secretsOf(launch),
    },
    internal: {
      git: join(folder, FORGE_FILES.gitSocket),
      ...(forge === undefined ? {} : { forge: join(folder, FORGE_FILES.forgeSocket) }),
    },
  }
}

export function forgeFolder({ state }: RunFolders): string {
  return join(state, "forge")
}

/** Begins every branch of the run. */
export function runBranchPrefix(slug: Slug): string {
  return `bot-bottle/${slug}/`
}

export function firstBranch(slug: Slug): string {
  return `${runBranchPrefix(slug)}work`
}

function describeForge({ api, token, owner, repo, issueNumber, prNumber }: ForgeContext, { bottle }: ResolvedLaunch) {
  const { comments, edits, pullRequests } = bottle.forge
  const caps = {
    ...DEFAULT_SIDECAR_CAPS,
    ...(comments === undefined ? {} : { comments }),
    ...(edits === undefined ? {} : { edits }),
    ...(pullRequests === undefined ? {} : { pullRequests }),
  }
  return { api, token, owner, repo, issueNumber, prNumber, caps }
}

/** The forge's own copy of the repository: its web address is the API's without `/api/v1`. */
function forgeRepository({ api, token, owner, repo }: ForgeContext, { bottle }: ResolvedLaunch, branchPrefix: string) {
  return {
    name: `${owner}/${repo}`,
    url: `${forgeWebUrl(api)}/${owner}/${repo}.git`,
    token,
    branchPrefix,
    isWritable: true,
    allowsWorkflows: bottle.forge.allowsWorkflows,
  }
}

/** Everything the proxy holds for the run. */
function secretsOf({ routes, credentials }: ResolvedLaunch): readonly Secret[] {
  const all = [...routes.map(({ secret }) => secret), ...[...credentials.values()].map(({ secret }) => secret)]
  return [...new Set(all.filter((secret) => secret !== undefined))]
}
