// Looks for secrets in everything a push would add: patterns with gitleaks, and the host's own
// credentials with the search that guards all other egress. The proxy cannot: packs are deflated.

import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Detector } from "@bot-bottle/egress"
import { type Leak, runGitleaks } from "./gitleaks.ts"
import { type NewObject, type PushPlace, readBlob } from "./new-objects.ts"
import { WIDE, writeObjects } from "./write-objects.ts"

export type ScanResult =
  | { readonly outcome: "clean"; readonly gitleaks: "clean" | "not-run" }
  /** `findings` name places, never what was found. */
  | { readonly outcome: "found"; readonly findings: readonly string[] }
  | { readonly outcome: "failed"; readonly problem: string }

export interface PushScan {
  readonly place: PushPlace
  readonly objects: readonly NewObject[]
  readonly bases: readonly string[]
  /** A folder of the run's on the host. */
  readonly folder: string
  readonly gitleaks: string | undefined
  readonly knownSecrets: Detector | undefined
  readonly timeoutMs: number
}

const MAX_FINDINGS_SHOWN = 20

export async function scanPush(scan: PushScan): Promise<ScanResult> {
  const { place, objects, gitleaks, knownSecrets, timeoutMs } = scan
  const folder = mkdtempSync(join(scan.folder, "scan-"))
  try {
    const findings: string[] = []
    const written = await writeObjects(place, objects, folder, (object, bytes) => {
      if ((knownSecrets?.find(bytes).length ?? 0) > 0) findings.push(`a credential of the host in ${placeOf(object)}`)
    })
    if (findings.length > 0) return found(findings)
    if (gitleaks === undefined) return { outcome: "clean", gitleaks: "not-run" }

    const runs = [
      { target: written.plain, mode: "plain" },
      ...(written.hasArchives ? [{ target: written.archives, mode: "archives" } as const] : []),
    ] as const
    for (const { target, mode } of runs) {
      const result = await runGitleaks({
        program: gitleaks,
        target,
        mode,
        folder: join(folder, mode === "plain" ? "run" : "run-archives"),
        timeoutMs,
      })
      if (result.outcome === "failed") return result
      findings.push(...(await describeNewLeaks(scan, result.leaks)))
    }
    return findings.length === 0 ? { outcome: "clean", gitleaks: "clean" } : found(findings)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function describeNewLeaks(
  { place, objects, bases }: PushScan,
  leaks: readonly Leak[],
): Promise<readonly string[]> {
  const byOid = new Map(objects.map((object) => [object.oid, object]))
  const described: string[] = []
  for (const { rule, file, line, secret } of leaks) {
    const [oid = "", kind] = file.replace(/!.*$/, "").split(".")
    const object = byOid.get(oid) ?? { oid, path: "" }
    if ((kind === undefined || kind === WIDE) && (await isInBase(place, bases, object.path, secret))) continue
    described.push(`${rule} in ${kind === "commit" ? `commit ${oid.slice(0, 12)}` : placeOf(object)}, line ${line}`)
  }
  return described
}

/** A touched file's old secret was not put there by this push. */
async function isInBase(place: PushPlace, bases: readonly string[], path: string, secret: string): Promise<boolean> {
  if (path === "" || secret === "") return false
  for (const base of bases) {
    const text = (await readBlob(place, `${base}:${path}`)) ?? ""
    if (text.includes(secret) || text.replaceAll("\0", "").includes(secret)) return true
  }
  return false
}

function placeOf({ oid, path }: NewObject): string {
  return path === "" ? `object ${oid.slice(0, 12)}` : JSON.stringify(path)
}

function found(findings: readonly string[]): ScanResult {
  const all = [...new Set(findings)]
  const more = all.length - MAX_FINDINGS_SHOWN
  return { outcome: "found", findings: more > 0 ? [...all.slice(0, MAX_FINDINGS_SHOWN), `and ${more} more`] : all }
}
