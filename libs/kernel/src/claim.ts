// Exclusive claims between processes, without locks: a name belongs to whoever's file is the
// newest and whose process lives.
//
// Claims are numbered files made by link(2), which fails when the name exists. A dead
// holder's file is never removed to take its place; the next number is made instead, so two
// contenders can never undo each other. Dead holders' files are cleared away behind a floor: no
// number up to it is ever made again, so that one who has looked before comes too late.
//
//   INV-66  One claim has at most one living holder, however many start at once, and a dead
//           holder never blocks.

import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "./process-identity.ts"

export type ClaimResult = "claimed" | "taken"

/** Holds until `holder` dies. Claiming again as the same holder succeeds. */
export function claim(folder: string, name: string, holder: ProcessIdentity): ClaimResult {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stem = Buffer.from(name).toString("hex")
  for (;;) {
    const floor = Math.max(0, ...listNumbers(folder, FLOOR))
    const numbers = listNumbers(folder, stem)
    const held = Math.max(0, ...numbers)
    const current = held === 0 ? undefined : readHolder(join(folder, `${stem}.${held}`))
    const newest = Math.max(held, floor)
    if (current === "vanished") continue
    if (current === holder) return "claimed"
    if (current !== undefined && isProcessAlive(current)) return "taken"
    if (!createClaim(folder, `${stem}.${newest + 1}`, holder)) continue
    // While we looked, the number may have been made, outlived and cleared away by others. It is
    // cleared only once a greater one stands, so a greater one now means ours came too late.
    const later = listNumbers(folder, stem).some((number) => number > newest + 1)
    if (later || listNumbers(folder, FLOOR).some((number) => number > newest)) {
      rmSync(join(folder, `${stem}.${newest + 1}`), { force: true })
      continue
    }
    for (const number of numbers) rmSync(join(folder, `${stem}.${number}`), { force: true })
    return "claimed"
  }
}

/** No stem: those are hexadecimal. */
const FLOOR = "floor"

/** How many files of dead holders there are; what is removed is never needed again. */
export function clearDeadClaims(folder: string, { dryRun }: { readonly dryRun: boolean }): number {
  const files = listClaims(folder)
  const claims = files.filter(({ stem }) => stem !== FLOOR)
  const dead = claims.filter(({ file }) => {
    const holder = readHolder(join(folder, file))
    return holder !== "vanished" && !isProcessAlive(holder)
  })
  if (dryRun || dead.length === 0) return dead.length
  const floor = Math.max(0, ...files.map(({ number }) => number))
  // First: from now on nobody makes a number that is removed.
  writeFileSync(join(folder, `${FLOOR}.${floor}`), "", { mode: 0o600 })
  for (const { file } of dead) rmSync(join(folder, file), { force: true })
  for (const { stem, number, file } of files)
    if (stem === FLOOR && number < floor) rmSync(join(folder, file), { force: true })
  return dead.length
}

function listClaims(folder: string) {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    // Nothing was ever claimed.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
  return names.flatMap((file) => {
    const [, stem, number] = /^([0-9a-f]*|floor)\.(\d+)$/.exec(file) ?? []
    return stem === undefined ? [] : [{ file, stem, number: Number(number) }]
  })
}

function listNumbers(folder: string, stem: string): number[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${stem}.`))
    .map((file) => Number(file.slice(stem.length + 1)))
    .filter(Number.isInteger)
}

function readHolder(path: string): ProcessIdentity | "vanished" {
  try {
    return readFileSync(path, "utf8") as ProcessIdentity
  } catch (error) {
    // A newer claim was made between listing and reading.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "vanished"
    throw error
  }
}

let draftCount = 0

function createClaim(folder: string, file: string, holder: ProcessIdentity): boolean {
  draftCount += 1
  const draft = join(folder, `draft-${process.pid}-${draftCount}`)
  writeFileSync(draft, holder, { mode: 0o600 })
  try {
    linkSync(draft, join(folder, file))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
