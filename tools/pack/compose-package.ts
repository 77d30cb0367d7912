// Puts together the one package that people install: the command line and every workspace it
// needs, in the folders they have in the clone, and one package.json for all of them.
//
// Imports by workspace name become relative ones, because an installed package has no workspaces.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { findDoor } from "./find-door.ts"

/** Of package.json, as far as it counts here. */
interface Manifest {
  readonly name: string
  readonly version?: string
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

interface Workspace {
  /** `libs/ledger`. */
  readonly folder: string
  readonly manifest: Manifest
}

export interface ComposedPackage {
  readonly name: string
  readonly version: string
  /** Of the workspaces, sorted. */
  readonly folders: readonly string[]
}

/** Never part of what is installed: tests, their doubles and their data. */
const LEFT_OUT = /\.test\.ts$|(?:^|\/)(?:testing|node_modules|__snapshots__)(?:\/|$)/

/** Writes the package into `target`, an empty folder. `root`: the clone. */
export function composePackage(root: string, target: string): ComposedPackage {
  const workspaces = listWorkspaces(root)
  const cli = findWorkspace(workspaces, "bot-bottle")
  const shipped = closureOf(workspaces, cli)
  const rootManifest = readManifest(root) as Manifest & {
    readonly packageManager: string
    readonly workspaces: { readonly catalog: Readonly<Record<string, string>> }
  }
  for (const { folder } of shipped) copySources(root, target, folder, shipped)
  cpSync(join(root, "migrations"), join(target, "migrations"), { recursive: true })
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) cpSync(join(root, file), join(target, file))

  const version = cli.manifest.version ?? "0.0.0"
  const manifest = {
    name: "bot-bottle",
    version,
    description: "Run any coding agent as if it might be compromised and had your credit card",
    license: "MIT",
    type: "module",
    os: ["linux"],
    bin: { "bot-bottle": `${cli.folder}/bin/bot-bottle` },
    dependencies: {
      ...foreignDependencies(shipped, rootManifest.workspaces.catalog),
      bun: rootManifest.packageManager.replace("bun@", ""),
    },
  }
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  return { name: "bot-bottle", version, folders: shipped.map(({ folder }) => folder).sort() }
}

/** Specifiers of workspaces, as paths from `file`. `file` and the result are relative to the package. */
export function rewriteImports(text: string, file: string, shipped: readonly Workspace[]): string {
  return text.replaceAll(/"(@bot-bottle\/[a-z-]+)((?:\/[a-z-]+)*)"/g, (whole, name: string, door: string) => {
    const workspace = shipped.find(({ manifest }) => manifest.name === name)
    const entry = findDoor(workspace?.manifest.exports ?? {}, `.${door}`)
    if (workspace === undefined || entry === undefined) return whole
    const path = relative(dirname(file), join(workspace.folder, entry))
    return JSON.stringify(path.startsWith(".") ? path : `./${path}`)
  })
}

function copySources(root: string, target: string, folder: string, shipped: readonly Workspace[]): void {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const file = relative(root, join(entry.parentPath, entry.name))
    if (!entry.isFile() || LEFT_OUT.test(file)) continue
    mkdirSync(dirname(join(target, file)), { recursive: true })
    // Copied first, for its mode: the launcher is executable.
    cpSync(join(root, file), join(target, file))
    if (!file.endsWith(".ts")) continue
    const text = readFileSync(join(root, file), "utf8")
    const rewritten = rewriteImports(text, file, shipped)
    if (rewritten !== text) writeFileSync(join(target, file), rewritten)
  }
}

function listWorkspaces(root: string): readonly Workspace[] {
  return ["apps", "libs"].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((name) => join(parent, name))
      .filter((folder) => existsSync(join(root, folder, "package.json")))
      .map((folder) => ({ folder, manifest: readManifest(join(root, folder)) })),
  )
}

function closureOf(workspaces: readonly Workspace[], first: Workspace): readonly Workspace[] {
  const found = new Set<Workspace>()
  const add = (workspace: Workspace): void => {
    if (found.has(workspace)) return
    found.add(workspace)
    for (const name of Object.keys(workspace.manifest.dependencies ?? {})) {
      if (name.startsWith("@bot-bottle/")) add(findWorkspace(workspaces, name))
    }
  }
  add(first)
  return [...found]
}

function foreignDependencies(shipped: readonly Workspace[], catalog: Readonly<Record<string, string>>) {
  const all = shipped.flatMap(({ manifest }) => Object.entries(manifest.dependencies ?? {}))
  const foreign = all.filter(([name]) => !name.startsWith("@bot-bottle/"))
  return Object.fromEntries(
    foreign
      .map(([name, range]) => [name, range === "catalog:" ? catalogVersion(catalog, name) : range] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}

function catalogVersion(catalog: Readonly<Record<string, string>>, name: string): string {
  const version = catalog[name]
  if (version !== undefined) return version
  throw new RangeError(`${name} is not in the catalog of package.json`)
}

function findWorkspace(workspaces: readonly Workspace[], name: string): Workspace {
  const found = workspaces.find(({ manifest }) => manifest.name === name)
  if (found !== undefined) return found
  throw new RangeError(`no workspace is called ${name}`)
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
}
