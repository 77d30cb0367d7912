// The only place that starts Git on the host.
//
// Git is asked about repositories that strangers made, and a repository's configuration names
// programs. So Git never sees one. It works in a repository of our own making. Objects, names of
// commits and ignore rules of theirs are put there as data. The variables and overrides below are a
// second defense, for what a newer Git may come to read.
//
//   INV-152  Git on the host runs in a repository that bot-bottle made, or in none, and obeys the
//            configuration of no other: none of the operator's, none of a workspace's.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OperatorProblem, SEALED_FOLDER } from "@bot-bottle/contracts"

/** Where Git works. */
export interface GitPlace {
  readonly path: string
}

/** A bare repository of our own, for one question. */
export interface OwnRepository extends GitPlace, Disposable {}

/** For a question about a file alone. Git finds no repository there, and looks for no other. */
export const NO_REPOSITORY: GitPlace = { path: "/dev/null" }

export interface GitAnswer {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface GitOptions {
  readonly stdin?: Uint8Array
  readonly indexFile?: string
  /** A folder of ours that holds nothing of an agent's but ignore rules. */
  readonly workTree?: string
  /** The only repository, also one of ours, that may be fetched from. */
  readonly from?: OwnRepository
  /** Two minutes unless said otherwise. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 120_000

/** Undefined when Git is not installed. */
export function findGit(): string | undefined {
  return Bun.which("git") ?? undefined
}

/** `hashLength` as in the names of its commits: 40 for SHA-1, 64 for SHA-256. */
export function openOwnRepository({ hashLength = 40 } = {}): OwnRepository {
  const path = mkdtempSync(join(tmpdir(), "bot-bottle-git-"))
  for (const folder of ["objects/info", "objects/pack", "refs/heads"])
    mkdirSync(join(path, folder), { recursive: true })
  const format = hashLength === 64 ? "1\n[extensions]\n\tobjectFormat = sha256" : "0"
  writeFileSync(join(path, "config"), `[core]\n\tbare = true\n\trepositoryformatversion = ${format}\n`)
  writeFileSync(join(path, "HEAD"), "ref: refs/heads/none\n")
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Throws OperatorProblem when there is no Git, or it takes too long. */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  { stdin, indexFile, workTree, from, timeoutMs = TIMEOUT_MS }: GitOptions = {},
): Promise<GitAnswer> {
  const git = findGit()
  if (git === undefined) throw new OperatorProblem("Git is not installed", { hint: "apt-get install git" })
  const overrides = { ...OVERRIDES, "protocol.file.allow": from === undefined ? "never" : "always" }
  const child = Bun.spawn([git, "--no-pager", ...asFlags(overrides), ...args], {
    cwd: place === NO_REPOSITORY ? SEALED_FOLDER : place.path,
    env: {
      ...environment(place),
      GIT_ALLOW_PROTOCOL: from === undefined ? "none" : "file",
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    },
    stdin: stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited])
  if (child.signalCode === "SIGKILL")
    throw new OperatorProblem(`git ${commandOf(args)} took longer than ${timeoutMs} ms`)
  return { exitCode, stdout: Buffer.from(stdout), stderr: stderr.trim() }
}

/** The word after the settings. */
function commandOf(args: readonly string[]): string {
  return args.find((arg, index) => arg !== "-c" && args[index - 1] !== "-c") ?? ""
}

function environment({ path }: GitPlace): Record<string, string> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LC_ALL: "C",
    HOME: path,
    XDG_CONFIG_HOME: path,
    GIT_DIR: path,
    GIT_CEILING_DIRECTORIES: "/",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_SSH_COMMAND: "/bin/false",
    GIT_PROXY_COMMAND: "/bin/false",
    GIT_EDITOR: "/bin/false",
    GIT_PAGER: "cat",
  }
}

const OVERRIDES: Readonly<Record<string, string>> = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "core.untrackedCache": "false",
  "core.attributesFile": "/dev/null",
  "core.sshCommand": "/bin/false",
  "core.editor": "/bin/false",
  "core.pager": "cat",
  "credential.helper": "",
  "diff.external": "",
  "gpg.program": "/bin/false",
  "protocol.allow": "never",
  "submodule.recurse": "false",
  "fetch.recurseSubmodules": "false",
  "fetch.fsckObjects": "true",
  "transfer.fsckObjects": "true",
  "fetch.unpackLimit": "1",
  "gc.auto": "0",
  "maintenance.auto": "false",
}

function asFlags(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])
}
