// Fingerprints of what a run was launched with, for its metadata: two runs with the same
// hashes had the same policy and the same manifests.

import { createHash } from "node:crypto"
import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { AgentManifest, BottleManifest } from "@bot-bottle/manifest"

export function hashPolicy(routes: readonly CredentialedRoute[]): string {
  return sha256(routes.map(({ secret: _, ...route }) => route))
}

export function hashManifests(agent: AgentManifest, bottle: BottleManifest): string {
  return sha256([agent, bottle])
}

/** The parts of a launch that a running run keeps, whatever manifests and settings say later. */
export function hashFixed(
  agent: AgentManifest,
  bottle: BottleManifest,
  upstreamCa: string | undefined,
): Readonly<Record<string, string>> {
  const { limits, env, gitUser, image, workspaceHide } = bottle
  return {
    "the agent's prompt": sha256(agent.prompt),
    "the agent's skills": sha256(agent.skills),
    limits: sha256(limits),
    env: sha256(env),
    "git.user": sha256({ ...gitUser, ...agent.gitUser }),
    image: sha256(image ?? ""),
    workspace_hide: sha256(workspaceHide),
    upstream_ca: sha256(upstreamCa ?? ""),
  }
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex")
}
