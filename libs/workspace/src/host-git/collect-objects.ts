// Objects from one store to another, by name, without a Git that looks at the first.
//
// An agent wrote what is collected. Only names that Git gives count, and indexes are made new.

import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  findFile,
  findFolder,
  findStat,
  listNames,
  locate,
  type OpenFolder,
  openTopFolder,
} from "@bot-bottle/kernel"
import { copyFileBytes, NEW_FILE } from "../copy/copy-file.ts"
import { type GitOptions, type OwnRepository, runGit } from "./run-git.ts"
import { giveToOwner } from "./write-branch.ts"

const MAX_BYTES = 4 * 1024 ** 3

/** Named by descriptor: whatever the folder's path has in it. Git resolves it at once. */
export function borrowObjects({ path }: OwnRepository, objects: OpenFolder): void {
  writeFileSync(join(path, "objects/info/alternates"), `/proc/${process.pid}/fd/${objects.fd}\n`)
}

/**
 * Collects the objects that the operator's store, `known`, lacks. Throws OperatorProblem when they
 * are too large, or not what their names say.
 */
export async function collectObjects(theirs: OpenFolder, known: OpenFolder, into: OwnRepository): Promise<void> {
  using objects = findFolder(theirs, bytePath("objects"))
  using target = openTopFolder(join(into.path, "objects"))
  if (objects === undefined) return
  const packs: string[] = []
  let bytes = 0
  for (const folderName of listNames(objects)) {
    const isPack = folderName === "pack"
    if (!isPack && !/^[0-9a-f]{2}$/.test(folderName)) continue
    using folder = findFolder(objects, folderName)
    using had = findFolder(known, folderName)
    if (folder === undefined) continue
    if (!isPack) mkdirSync(locate(target, folderName), { recursive: true })
    using made = findFolder(target, folderName)
    const pattern = isPack ? /^pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.pack$/ : /^(?:[0-9a-f]{38}|[0-9a-f]{62})$/
    for (const name of listNames(folder)) {
      if (!pattern.test(name) || (had !== undefined && findStat(had, name) !== undefined)) continue
      using file = findFile(folder, name)
      if (file === undefined || made === undefined) continue
      bytes += Number(file.stat.size)
      if (bytes > MAX_BYTES) throw new OperatorProblem(`the agent's commits are larger than ${MAX_BYTES} bytes`)
      writeNew(made, name, file.fd)
      if (isPack) packs.push(join(into.path, "objects/pack", name))
    }
  }
  for (const pack of packs) await askGit(into, ["index-pack", pack])
}

function writeNew(folder: OpenFolder, name: BytePath, from: number): void {
  const fd = openSync(locate(folder, name), NEW_FILE, 0o600)
  try {
    copyFileBytes(from, fd, { hashed: false })
    giveToOwner(fd, folder)
    fchmodSync(fd, 0o444)
  } finally {
    closeSync(fd)
  }
}

/** Packs that Git made, into the store of an operator's repository. */
export function addPacks(from: OwnRepository, objects: OpenFolder): void {
  using source = openTopFolder(join(from.path, "objects/pack"))
  using packs = findFolder(objects, bytePath("pack"))
  if (packs === undefined) throw new OperatorProblem("the repository's objects/pack is not a folder")
  // A pack counts once its index is there.
  const names = listNames(source).filter((name) => /\.(?:pack|idx)$/.test(name))
  for (const name of [...names].sort((a, b) => Number(a.endsWith(".idx")) - Number(b.endsWith(".idx")))) {
    using file = findFile(source, name)
    if (file !== undefined && findStat(packs, name) === undefined) writeNew(packs, name, file.fd)
  }
}

/** Throws OperatorProblem when Git refuses what an agent made. */
export async function askGit(
  repository: OwnRepository,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(repository, args, options)
  if (exitCode === 0) return stdout.toString("latin1")
  throw new OperatorProblem(`the agent's commits cannot be read: ${JSON.stringify(stderr.split("\n")[0] ?? "")}`, {
    hint: "apply without --commits brings the files",
  })
}
