// `state/<slug>/metadata.json`: what a run was started as, so that it can be shown and resumed.
//
//   INV-67  The file is replaced whole: a reader, or a crash at any moment, sees the old text
//           or the new, never half.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"

export interface RunMetadata {
  readonly agent: string
  readonly bottles: readonly string[]
  readonly ancestors: readonly string[]
  /** Host folder the workspace was copied from, or is; absent without either. */
  readonly cwd?: string
  /** `bind`: the agent works in `cwd` itself. Absent from older files, and for a copy or an empty workspace. */
  readonly workspace?: "bind"
  readonly mode: "interactive" | "headless"
  readonly provider: string
  readonly backend: string
  readonly label: string
  /** One of COLORS, or `""`. */
  readonly color: string
  /** ISO 8601 with offset. */
  readonly startedAt: string
  /** When it was last stopped to be kept; absent while it runs and after an end of its own. */
  readonly frozenAt?: string
  /** The latest time. */
  readonly resumedAt?: string
  readonly toolchainVersion?: string
  /** SHA-256, hex. */
  readonly policyHash?: string
  readonly manifestHash?: string
}

export const METADATA_FILE = "metadata.json"

export function writeRunMetadata(stateFolder: string, metadata: RunMetadata): void {
  const path = join(stateFolder, METADATA_FILE)
  const draft = `${path}.${process.pid}.draft`
  const file = openSync(draft, "w", 0o600)
  try {
    writeSync(file, `${JSON.stringify(toJson(metadata), undefined, 2)}\n`)
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(stateFolder)
}

/** Until then a power cut may bring the old name back. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Undefined when there is no such file or it is not metadata. Keys an older build did not write get their defaults. */
export function findRunMetadata(stateFolder: string): RunMetadata | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(join(stateFolder, METADATA_FILE), "utf8"))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined
    throw error
  }
  return isRecord(parsed) ? fromJson(parsed) : undefined
}

function toJson(metadata: RunMetadata): Record<string, unknown> {
  return {
    agent: metadata.agent,
    bottles: metadata.bottles,
    ancestors: metadata.ancestors,
    cwd: metadata.cwd,
    workspace: metadata.workspace,
    mode: metadata.mode,
    provider: metadata.provider,
    backend: metadata.backend,
    label: metadata.label,
    color: metadata.color,
    started_at: metadata.startedAt,
    frozen_at: metadata.frozenAt,
    resumed_at: metadata.resumedAt,
    toolchain_version: metadata.toolchainVersion,
    policy_hash: metadata.policyHash,
    manifest_hash: metadata.manifestHash,
  }
}

function fromJson(json: Record<string, unknown>): RunMetadata {
  const text = (key: string, fallback: string) => (typeof json[key] === "string" ? json[key] : fallback)
  const names = (key: string) =>
    Array.isArray(json[key]) ? json[key].filter((entry): entry is string => typeof entry === "string") : []
  const optional = <Name extends string>(name: Name, key: string) =>
    typeof json[key] === "string" ? ({ [name]: json[key] } as { readonly [K in Name]: string }) : {}
  return {
    agent: text("agent", ""),
    bottles: names("bottles"),
    ancestors: names("ancestors"),
    ...optional("cwd", "cwd"),
    ...(json["workspace"] === "bind" ? { workspace: "bind" as const } : {}),
    mode: json["mode"] === "headless" ? "headless" : "interactive",
    provider: text("provider", ""),
    backend: text("backend", "bwrap"),
    label: text("label", ""),
    color: text("color", ""),
    startedAt: text("started_at", ""),
    ...optional("frozenAt", "frozen_at"),
    ...optional("resumedAt", "resumed_at"),
    ...optional("toolchainVersion", "toolchain_version"),
    ...optional("policyHash", "policy_hash"),
    ...optional("manifestHash", "manifest_hash"),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
