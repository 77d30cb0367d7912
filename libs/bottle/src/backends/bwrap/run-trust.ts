// Puts a run's own roots where this system keeps roots.

import { GUEST_SHARE_FILES, runCaName, type Slug } from "@bot-bottle/contracts"
import { opensslNameHash } from "../../guest-files/name-hash.ts"
import { ensureTrustFile } from "../../guest-files/trust-file.ts"
import { GUEST, type Mount, type TrustFiles } from "../../plan.ts"
import type { SystemRoot } from "./system-root.ts"
import { type CoveredFile, ROOTS_FOLDER } from "./system-trust.ts"

export function trustMounts(trust: TrustFiles, covered: readonly CoveredFile[]): readonly Mount[] {
  for (const kind of new Set(covered.map((file) => file.kind))) ensureTrustFile(trust[kind])
  return covered.map(({ path, kind }) => ({ source: trust[kind], target: path, access: "read-only" }))
}

/** The name by which OpenSSL finds the run's CA in a folder of roots. */
export function runRootLinks(slug: Slug, links: SystemRoot["links"]): SystemRoot["links"] {
  const folder = `${ROOTS_FOLDER}/`
  if (!links.some(({ path }) => path.startsWith(folder))) return []
  const hash = opensslNameHash(runCaName(slug))
  const taken = new Set(links.map(({ path }) => path))
  let number = 0
  while (taken.has(`${folder}${hash}.${number}`)) number += 1
  return [{ path: `${folder}${hash}.${number}`, target: `${GUEST.share}/${GUEST_SHARE_FILES.ca}` }]
}
