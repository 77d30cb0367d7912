// The ledger: the one record of runs, requests, budgets, enforcement and audit. Open it with
// `openLedger`; everything else is the `Ledger` interface, which names no SQL.

export type { Ledger } from "./ledger.ts"
export { LedgerFull, LedgerOutdated, LedgerUnavailable } from "./ledger-unavailable.ts"
export { type OpenLedgerOptions, openEmptyLedger, openLedger, openLedgerSnapshot } from "./open-ledger.ts"
export type { SharedLedgerAddress } from "./postgres/connect.ts"
export type { Actor, BudgetReset, BudgetsLedger, GoverningBudget } from "./roles/budgets.ts"
export type { Claim, ClaimResult, ClaimsLedger } from "./roles/claims.ts"
export type {
  ActionOutcome,
  AuditEntry,
  AuditHead,
  AuditLedger,
  AuditQuery,
  AuditRow,
  AuditVerdict,
  EnforcementAction,
  EnforcementLedger,
  EnforcementRow,
} from "./roles/enforcement.ts"
export type {
  ActionAnswer,
  Fleet,
  HostAuditRow,
  HostCommand,
  HostRow,
  HostService,
  RemoteAction,
} from "./roles/fleet.ts"
export type {
  GoneHost,
  HeldIssue,
  IssueLease,
  IssueName,
  IssueOrphan,
  IssueQueue,
  IssueRecord,
  IssueRow,
  LookEnd,
} from "./roles/issues.ts"
export type { Job, JobLease, JobOutcome, JobQueue, JobRow, Labels, NewJob } from "./roles/jobs.ts"
export type {
  FanOutRefusal,
  MeteringLedger,
  RequestQuery,
  RequestRow,
  ReserveRequest,
  ReserveResult,
  Settlement,
  SettleResult,
  UsageKey,
  UsageLedger,
  UsageQuery,
  UsageRow,
} from "./roles/metering.ts"
export { USAGE_KEYS } from "./roles/metering.ts"
export type { RunChange, RunQuery, RunsLedger, SeenRun, SweepQuery } from "./roles/runs.ts"
export type {
  AnsweredProposal,
  AnswerResult,
  AnswerToken,
  NewAnswerToken,
  NewProposal,
  ProposeResult,
  SupervisionLedger,
  TokenAnswer,
  TokenAnswerResult,
} from "./roles/supervision.ts"
export type { Cursor, LedgerChange, WatchLedger, WatchQuery } from "./roles/watching.ts"
export type { WindowsLedger } from "./roles/windows.ts"
