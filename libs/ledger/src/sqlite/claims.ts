// Claims on names: a row for the living process of a host that holds one. A dead holder's row is
// taken over by the next claim, or dropped by the sweep.
//
//   One claim has at most one living holder, however many start at once, and a dead holder never blocks.

import type { Database } from "bun:sqlite"
import type { HostId, ProcessIdentity } from "@bot-bottle/contracts"
import type { Claim } from "../roles/claims.ts"

export interface Claims {
  /** The claim in the way, to be judged outside the transaction. */
  findHolder(claim: Claim): ProcessIdentity | undefined
  /** Inside a write transaction. False when the holder is no longer the one that was judged. */
  take(claim: Claim, judged: ProcessIdentity | undefined): boolean
  release(claim: Claim): void
  list(host: HostId): readonly Claim[]
}

type ClaimKey = Pick<Claim, "kind" | "name">
type Row = { readonly host: string; readonly kind: string; readonly name: string; readonly holder: string }

export function createClaims(db: Database, host: HostId): Claims {
  const where = "WHERE host = $host AND kind = $kind AND name = $name"
  const selectHolder = db.query<{ holder: ProcessIdentity }, Pick<Row, "host" | "kind" | "name">>(
    `SELECT holder FROM claim ${where}`,
  )
  const upsert = db.query<null, Row>(`
    INSERT INTO claim (host, kind, name, holder) VALUES ($host, $kind, $name, $holder)
    ON CONFLICT DO UPDATE SET holder = excluded.holder
  `)
  const deleteClaim = db.query<null, Row>(`DELETE FROM claim ${where} AND holder = $holder`)
  const selectAll = db.query<Claim, { host: string }>("SELECT kind, name, holder FROM claim WHERE host = $host")

  const findHolder = ({ kind, name }: ClaimKey) => selectHolder.get({ host, kind, name })?.holder

  return {
    findHolder,
    take(claim, judged) {
      if (findHolder(claim) !== judged) return false
      upsert.run({ ...claim, host })
      return true
    },
    release: (claim) => void deleteClaim.run({ ...claim, host }),
    list: (of) => selectAll.all({ host: of }),
  }
}
