// An agent's actions on its forge, as text, in the audit chain: every call, allowed or refused.
//
// A call that changes something is written down before it leaves; when it fails after all, a
// second row says so.

import type { Slug } from "@bot-bottle/contracts"
import type { AuditLedger } from "@bot-bottle/ledger"

export const FORGE_CALL = "forge-call"
export const GIT_PUSH = "git-push"

export interface SemanticLog {
  /** Rejects when the row cannot be written; the call must not be made then. */
  write(kind: typeof FORGE_CALL | typeof GIT_PUSH, detail: SemanticDetail): Promise<void>
}

export interface SemanticDetail {
  /** `posted comment to #317`. */
  readonly text: string
  readonly outcome: "allowed" | "refused" | "failed"
  readonly reason?: string
  /** The same in every row of one call. */
  readonly call: string
  readonly [field: string]: unknown
}

export function createSemanticLog(ledger: Pick<AuditLedger, "appendAudit">, slug: Slug): SemanticLog {
  return { write: (kind, detail) => ledger.appendAudit({ slug, kind, actor: "agent", detail }) }
}
