// One repository behind the gate: a bare copy on the host that the agent clones and pushes to.
//
// The copy follows its remote before every conversation. Its hooks and its configuration are
// ours; a push changes its branches only after the remote has taken it.

import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { SidecarRepository } from "@bot-bottle/contracts"
import { runGateGit } from "./git-process.ts"
import { cleanRemoteWords, remoteEnvironment } from "./remote.ts"

export interface GateRepository {
  readonly config: SidecarRepository
  /** Bare. */
  readonly gitDir: string
  /** For a Git process that talks to the remote: it holds the token. */
  readonly remoteEnv: Readonly<Record<string, string>>
  /** Brings the copy up to date; `problem` is fit for the agent. */
  refresh(): Promise<{ readonly problem?: string }>
}

/** Bytes of a pack that is pushed. */
const MAX_PACK_BYTES = 200 * 1024 * 1024
const REMOTE_TIMEOUT_MS = 10 * 60_000
/** Git asks twice within a moment: once for the list, once for the objects. */
const FRESH_FOR_MS = 2_000

export interface GateRepositoryOptions {
  readonly folder: string
  readonly config: SidecarRepository
  readonly hooksFolder: string
  /** PEM; undefined for Git's own roots. */
  readonly rootsFile: string | undefined
  readonly nowMs: () => number
}

export function createGateRepository(options: GateRepositoryOptions): GateRepository {
  const { folder, config, hooksFolder, rootsFile, nowMs } = options
  const remoteEnv = remoteEnvironment(config, rootsFile)
  const gitDir = join(folder, `${config.name.replace("/", "%")}.git`)
  let refreshing: Promise<{ readonly problem?: string }> | undefined
  let freshUntilMs = 0

  async function fetchAll(): Promise<{ readonly problem?: string }> {
    makeBare(gitDir, hooksFolder)
    const env = remoteEnv
    const refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    const fetched = await runGateGit(
      gitDir,
      ["fetch", "--quiet", "--prune", "--no-auto-gc", "--no-write-fetch-head", "--update-head-ok", config.url, ...refs],
      { env, timeoutMs: REMOTE_TIMEOUT_MS },
    )
    if (fetched.timedOut) return { problem: "the remote did not answer in time" }
    if (fetched.exitCode !== 0)
      return { problem: `the remote refused: ${cleanRemoteWords(lastLine(fetched.stderr), config)}` }
    const head = await runGateGit(gitDir, ["ls-remote", "--symref", config.url, "HEAD"], {
      env,
      timeoutMs: REMOTE_TIMEOUT_MS,
    })
    const branch = /^ref: (refs\/heads\/[\w./-]+)\tHEAD$/m.exec(head.stdout)?.[1]
    if (branch !== undefined) await runGateGit(gitDir, ["symbolic-ref", "HEAD", branch], { timeoutMs: 10_000 })
    freshUntilMs = nowMs() + FRESH_FOR_MS
    return {}
  }

  return {
    config,
    gitDir,
    remoteEnv,
    async refresh() {
      if (nowMs() < freshUntilMs) return {}
      refreshing ??= fetchAll().finally(() => {
        refreshing = undefined
      })
      return refreshing
    },
  }
}

function makeBare(gitDir: string, hooksFolder: string): void {
  if (existsSync(join(gitDir, "HEAD"))) return
  const draft = `${gitDir}.new`
  rmSync(draft, { recursive: true, force: true })
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags"])
    mkdirSync(join(draft, folder), { recursive: true, mode: 0o700 })
  writeFileSync(join(draft, "config"), configText(hooksFolder), { mode: 0o600 })
  writeFileSync(join(draft, "HEAD"), "ref: refs/heads/main\n")
  chmodSync(draft, 0o700)
  renameSync(draft, gitDir)
}

function configText(hooksFolder: string): string {
  return `[core]
	bare = true
	repositoryformatversion = 0
	hooksPath = ${JSON.stringify(hooksFolder)}
[receive]
	fsckObjects = true
	maxInputSize = ${MAX_PACK_BYTES}
	autogc = false
	advertisePushOptions = false
	denyDeletes = true
	denyNonFastForwards = true
[transfer]
	hideRefs = refs/notes
	hideRefs = refs/bot-bottle
[gc]
	auto = 0
[maintenance]
	auto = false
[uploadpack]
	allowFilter = true
`
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^fatal: /, "") ?? ""
  )
}
