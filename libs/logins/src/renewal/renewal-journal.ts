// The journal of a login's renewals: one file a login, replaced whole and on the disk before the
// step it tells of is taken.

import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"
import {
  MAX_RENEWAL_RECORD,
  type RenewalRecord,
  renewalRecordSchema,
} from "@bot-bottle/contracts/messages/renewal-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere, replaceFile } from "@bot-bottle/kernel"

export interface RenewalJournal {
  /** Undefined when this login was never renewed by us. Throws OperatorProblem for a file that cannot be read. */
  find(): RenewalRecord | undefined
  write(record: Omit<RenewalRecord, "version" | "file">): void
  /** As if the last renewal had not been begun. */
  forget(): void
}

export function openRenewalJournal(root: string, loginFile: string): RenewalJournal {
  const folder = join(root, "credentials", "renewals")
  const path = join(folder, `${loginId(loginFile)}.json`)
  return {
    find() {
      const text = ifThere(() => readFileSync(path, "utf8"))
      if (text === undefined) return undefined
      const parsed = parseMessage(renewalRecordSchema, text, { maxLength: MAX_RENEWAL_RECORD })
      if (parsed.outcome === "parsed") return parsed.message
      throw new OperatorProblem(`${path} is not a valid record of a renewal: ${parsed.problem}`, {
        hint: `log in again, and remove it: ${quoteCommand(["rm", path])}`,
      })
    },
    write(record) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      replaceFile(path, `${JSON.stringify({ version: 1, file: loginFile, ...record })}\n`)
    },
    forget: () => rmSync(path, { force: true }),
  }
}

/** Names a login among processes: in claims, in the journal, between launcher and proxy. */
export function loginId(loginFile: string): string {
  return digest(loginFile).slice(0, 32)
}

/** Compares secrets without keeping them. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
