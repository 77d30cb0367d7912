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

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex")
}
