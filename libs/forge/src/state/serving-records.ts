// Which process takes a repository's deliveries, and which delivery it took last:
// `forge/<owner>/<repo>/serving` below the root. `doctor --forge` sees there whether a test delivery arrived.
//
// It decides nothing for a run: a record that is lost costs one row of `doctor`. It is replaced whole, so
// that a reader never sees half of it.

import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { processIdentity } from "@bot-bottle/contracts/messages/shapes/bounds"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import * as v from "valibot"
import type { RepositoryName } from "../repository-name.ts"

const record = v.object({ holder: processIdentity(), delivery: v.string() })
const MAX_RECORD = 1_000

export interface ServingRecord {
  readonly holder: ProcessIdentity
  /** The forge's id of the last signed delivery; `""` before the first. */
  readonly delivery: string
}

export interface ServingRecords {
  write(repository: RepositoryName, record: ServingRecord): Promise<void>
  /** Undefined when there is none that can be read. */
  read(repository: RepositoryName): Promise<ServingRecord | undefined>
}

/** `root` is bot-bottle's own. Names differ in case between an operator and the forge: here they are one. */
export function createServingRecords(root: string): ServingRecords {
  const folderOf = ({ owner, repo }: RepositoryName) => join(root, "forge", owner.toLowerCase(), repo.toLowerCase())

  return {
    async write(repository, written) {
      const folder = folderOf(repository)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const sibling = join(folder, `.${randomUUID()}.tmp`)
      try {
        await writeFile(sibling, JSON.stringify(written), { flag: "wx", mode: 0o600 })
        await rename(sibling, join(folder, "serving"))
      } finally {
        await rm(sibling, { force: true })
      }
    },

    async read(repository) {
      const text = await readFile(join(folderOf(repository), "serving"), "utf8").catch(() => "")
      const parsed = parseMessage(record, text, { maxLength: MAX_RECORD })
      return parsed.outcome === "parsed" ? parsed.message : undefined
    },
  }
}
