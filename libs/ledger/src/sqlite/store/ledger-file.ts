// Makes sure that nobody but the operator can write the ledger, before it is opened.
//
//   INV-33  The ledger and its folder belong to this user (or root) and nobody else can write them.
//           A new one is 0600 in a 0700 folder; one that is found otherwise is refused, not
//           repaired: somebody may have written it already.

import { closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"

const WRITABLE_BY_OTHERS = 0o022

/** Creates the folder and an empty file when they are missing. Throws OperatorProblem for what another user can write. */
export function secureLedgerFile(path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  refuseWritableByOthers(folder, "folder")
  createEmpty(path)
  const beside = [`${path}-wal`, `${path}-shm`, join(folder, "audit-head")]
  for (const file of [path, ...beside]) refuseWritableByOthers(file, "file")
}

function createEmpty(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600))
  } catch (error) {
    if (errorCode(error) === "EEXIST") return
    throw new OperatorProblem(`Ledger ${path} cannot be created`, {
      hint: "Check the folder's owner and mode",
      cause: error,
    })
  }
}

function refuseWritableByOthers(path: string, kind: "folder" | "file"): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  const isRightKind = kind === "folder" ? found.isDirectory() : found.isFile()
  if (!isRightKind) throw new OperatorProblem(`${path} is not a ${kind}`, { hint: "Move it away and start again" })

  const me = process.getuid?.() ?? found.uid
  if (found.uid !== me && found.uid !== 0) {
    throw new OperatorProblem(`${path} belongs to another user (uid ${found.uid}), who can write the ledger`, {
      hint: `If it is yours: ${quoteCommand(["chown", `${me}`, path])}`,
    })
  }
  if (found.mode & WRITABLE_BY_OTHERS) {
    throw new OperatorProblem(`Other users can write ${path}`, { hint: quoteCommand(["chmod", "go-w", path]) })
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined
}
