// The ledger: the host's one book of runs, requests, budgets, enforcement and audit. Open
// it with `openLedger`; everything else is the `Ledger` interface, which names no SQL.

export type {
  Actor,
  AuditEntry,
  AuditRow,
  AuditVerdict,
  EnforcementAction,
  EnforcementRow,
  GoverningBudget,
  Ledger,
  ReserveRequest,
  ReserveResult,
  RunChange,
  Settlement,
  SettleResult,
  UsageKey,
  UsageQuery,
  UsageRow,
} from "./ledger.ts"
export { type LedgerOptions, openLedger } from "./sqlite/open-sqlite.ts"
export { LedgerUnavailable } from "./sqlite/store/sqlite-trouble.ts"
