// The operator's own Git settings, as far as they are data: who commits, which files Git overlooks,
// how lines end. Nothing that names a program enters a bottle.
//
// Git lists what the files say, outside any repository; it obeys none of it (INV-152). Includes are
// followed here, since Git would look for them in another home.

import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { findGit, NO_REPOSITORY, runGit } from "./run-git.ts"

export interface OperatorGit {
  readonly name?: string
  readonly email?: string
  readonly autocrlf?: string
  readonly eol?: string
  /** The text of the file of rules that hold in every repository. */
  readonly excludes?: string
}

export interface OperatorHome {
  readonly home: string
  /** `$XDG_CONFIG_HOME`, when the operator has set it. */
  readonly configHome: string | undefined
  /** Where the run's work comes from: settings may hold for some folders only. */
  readonly folder: string
  /** `/etc/gitconfig`, or another one for a test. */
  readonly systemFile: string
}

const MAX_EXCLUDES_BYTES = 256 * 1024
const MAX_INCLUDES = 32

export async function loadOperatorGit(operator: OperatorHome): Promise<OperatorGit> {
  const { home } = operator
  const xdg = join(operator.configHome ?? join(home, ".config"), "git")
  const settings = new Map<string, string>()
  if (findGit() === undefined) return {}
  // Later ones win, as in Git.
  const files = [operator.systemFile, join(xdg, "config"), join(home, ".gitconfig")].filter((file) => existsSync(file))
  const reading: Reading = { operator, settings, left: MAX_INCLUDES }
  const listed = await Promise.all(files.map(listSettings))
  for (const [index, file] of files.entries()) await takeSettings(reading, file, listed[index] ?? [])
  const text = readExcludes(expand(settings.get("core.excludesfile"), home, home) ?? join(xdg, "ignore"))
  const given = (key: string) => settings.get(key)
  const oneOf = (key: string, values: readonly string[]) => {
    const value = given(key)?.toLowerCase()
    return value !== undefined && values.includes(value) ? value : undefined
  }
  return withoutAbsent({
    name: given("user.name"),
    email: given("user.email"),
    autocrlf: oneOf("core.autocrlf", ["true", "false", "input"]),
    eol: oneOf("core.eol", ["lf", "crlf", "native"]),
    excludes: text,
  })
}

/** For `/etc/gitconfig` of a bottle, below what a repository and the agent themselves set. */
export function composeGuestGitConfig(settings: OperatorGit, excludesFile: string): string {
  const { name, email, autocrlf, eol, excludes } = settings
  const lines = [
    ...section("user", { name, email }),
    ...section("core", { autocrlf, eol, excludesFile: excludes === undefined ? undefined : excludesFile }),
  ]
  return lines.map((line) => `${line}\n`).join("")
}

/**
 * Files that Git LFS holds are the same as their pointers, as on the host, and new contents go
 * where it keeps them. This holds whether the bottle has Git LFS or not. `program` is the path of
 * LFS_CLEAN inside the bottle.
 */
export function composeGuestLfsConfig(program: string): string {
  const values = { clean: `sh ${program}`, smudge: "cat", required: "true" }
  return section('filter "lfs"', values)
    .map((line) => `${line}\n`)
    .join("")
}

/** A filter as Git calls it: the file on stdin, its pointer on stdout. A pointer stays one, and an empty file empty. */
export const LFS_CLEAN = `set -eu
store=$(git rev-parse --git-common-dir)/lfs
mkdir -p "$store/tmp"
file=$(mktemp "$store/tmp/clean.XXXXXX")
trap 'rm -f "$file"' EXIT
cat >"$file"
size=$(wc -c <"$file")
start=$(head -c 39 "$file" | tr -d '\\0')
if [ "$size" -eq 0 ] || { [ "$size" -le 1024 ] && [ "$start" = "version https://git-lfs.github.com/spec" ]; }; then
  cat "$file"
  exit 0
fi
oid=$(sha256sum <"$file")
oid=\${oid%% *}
folder=$store/objects/$(echo "$oid" | cut -c1-2)/$(echo "$oid" | cut -c3-4)
mkdir -p "$folder"
[ -e "$folder/$oid" ] || { cp "$file" "$file.new" && mv "$file.new" "$folder/$oid"; }
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$oid" "$size"
`

interface Reading {
  readonly operator: OperatorHome
  readonly settings: Map<string, string>
  left: number
}

type Setting = readonly [key: string, value: string]

/** Empty for a file that Git cannot read. */
async function listSettings(file: string): Promise<readonly Setting[]> {
  const { exitCode, stdout } = await runGit(NO_REPOSITORY, ["config", "--file", file, "--no-includes", "-z", "--list"])
  if (exitCode !== 0) return []
  return stdout
    .toString("utf8")
    .split("\0")
    .flatMap((entry) => {
      const at = entry.indexOf("\n")
      return at < 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const]
    })
}

async function takeSettings(reading: Reading, file: string, listed: readonly Setting[]): Promise<void> {
  const { home, folder } = reading.operator
  for (const [key, value] of listed) {
    const condition = key.match(/^includeif\.gitdir(?:\/i)?:(.*)\.path$/s)?.[1]
    if (key === "include.path" || (condition !== undefined && holdsFor(condition, folder, home))) {
      const path = expand(value, home, dirname(file))
      if (path !== undefined) await includeFile(reading, path)
    } else if (condition === undefined) {
      reading.settings.set(key, value)
    }
  }
}

async function includeFile(reading: Reading, file: string): Promise<void> {
  if (reading.left <= 0 || !existsSync(file)) return
  reading.left -= 1
  await takeSettings(reading, file, await listSettings(file))
}

/** The usual kind alone: a folder, and all that is in it. */
function holdsFor(pattern: string, folder: string, home: string): boolean {
  const place = expand(pattern.replace(/\/(?:\*\*)?$/, ""), home, "/")
  return place !== undefined && /\/(?:\*\*)?$/.test(pattern) && `${folder}/`.startsWith(`${place}/`)
}

function expand(path: string | undefined, home: string, from: string): string | undefined {
  if (path === undefined || path === "") return undefined
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(2))
  return isAbsolute(path) ? path : resolve(from, path)
}

function readExcludes(path: string): string | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size > 0 && stat.size <= MAX_EXCLUDES_BYTES ? readFileSync(path, "utf8") : undefined
  } catch {
    return undefined // the operator has none
  }
}

function section(name: string, values: Readonly<Record<string, string | undefined>>): readonly string[] {
  const set = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return set.length === 0 ? [] : [`[${name}]`, ...set.map(([key, value]) => `\t${key} = ${quote(value)}`)]
}

function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")
  return `"${escaped.replace(/\p{Cc}/gu, "")}"`
}

function withoutAbsent(settings: { readonly [K in keyof OperatorGit]: string | undefined }): OperatorGit {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}
