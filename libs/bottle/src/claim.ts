// Exclusive claims between processes, without locks: a name belongs to whoever's file is the
// newest and whose process lives.
//
// Claims are numbered files made by link(2), which fails when the name exists. A dead
// holder's file is never removed to take its place; the next number is made instead, so two
// contenders can never undo each other.
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
    const numbers = listNumbers(folder, stem)
    const newest = Math.max(0, ...numbers)
    const current = newest === 0 ? undefined : readHolder(join(folder, `${stem}.${newest}`))
    if (current === "vanished") continue
    if (current === holder) return "claimed"
    if (current !== undefined && isProcessAlive(current)) return "taken"
    if (!createClaim(folder, `${stem}.${newest + 1}`, holder)) continue
    // While we looked, the number may have been made, outlived and cleared away by others. It is
    // cleared only once a greater one stands, so a greater one now means ours came too late.
    if (listNumbers(folder, stem).some((number) => number > newest + 1)) {
      rmSync(join(folder, `${stem}.${newest + 1}`), { force: true })
      continue
    }
    for (const number of numbers) rmSync(join(folder, `${stem}.${number}`), { force: true })
    return "claimed"
  }
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
