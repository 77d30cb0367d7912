// Control: a run's whole life. Start, resume, watch, stop and clean up, for any caller: events come
// as data through `notify`, questions through `ask`, the environment is handed in. Several runs in
// one process work, and each is cleaned up by itself.
//
// Verbs load their code when they are called, so importing this costs next to nothing.

export { type Answer, Declined, type ValueQuestion } from "./answer.ts"
export type { CleanupPlan, CleanupStep } from "./cleanup/plan-cleanup.ts"
export { requestProxy } from "./client/control-socket.ts"
export { type DialledSession, sendInput } from "./client/dial-session.ts"
export { isGone, isLive, loadAnyRun, loadLiveRun, loadRun, unknownRun } from "./client/find-run.ts"
export type { Reloaded } from "./client/reload-run.ts"
export type {
  BoundEnd,
  ControlEvent,
  DiskCause,
  EndCause,
  LaunchChange,
  LoginEnd,
  RefusedHost,
  SessionEnd,
  SessionTally,
  ShutdownCause,
  ShutdownStep,
} from "./events.ts"
export type { ForgeContext } from "./forge/forge-context.ts"
export type { ForgeLaunchRecord } from "./forge/forge-launch-record.ts"
export type { IssueRecordsOptions } from "./forge/issue-records.ts"
export { LeaseLost } from "./forge/lease-lost.ts"
export type { ControlHost, HostEnv } from "./host.ts"
export {
  answerByToken,
  answerQuestion,
  findLaunchFacts,
  type HostLookups,
  keepEndedRun,
  ledgerOptions,
  listBottleRoutes,
  listGoverning,
  listHostLogins,
  listRuns,
  loadForgeRoots,
  loadHostLookups,
  loadRunFacts,
  namingSlowLedger,
  openForgeLaunch,
  openForgeState,
  openHostLedger,
  openHostLedgerToFree,
  openHostLedgerToRead,
  openIssueRecords,
  openLibrary,
  planCleanup,
  queueOf,
  recoverHost,
  requireQueue,
  weighApproval,
  work,
} from "./host-verbs.ts"
export { claimLabel, releaseLabel, turnOf } from "./launch/claims.ts"
export { IsolationFailed } from "./launch/isolation-failed.ts"
export { findLaunchRecord, readLaunchRecord, writeLaunchRecord } from "./launch/launch-record.ts"
export { loadOwnIdentity } from "./launch/own-identity.ts"
export type { LaunchPreview, PreparedLaunch, RunOptions } from "./launch/prepared-launch.ts"
export {
  type LaunchEnd,
  type LaunchOptions,
  prepareResume,
  prepareStart,
  previewResume,
  previewStart,
  resume,
  start,
  surveyLaunch,
} from "./launch-verbs.ts"
export { ledgerPath } from "./ledger-path.ts"
export type { ListedLogin } from "./logins/list-host-logins.ts"
export { type OpenRun, openRun } from "./open-run.ts"
export {
  findParked,
  listParkedRuns,
  type ParkedRun,
  resumeDueRuns,
  resumeFlagsOf,
  resumeParked,
} from "./parking-verbs.ts"
export { type Ask, askNobody, type Question } from "./questions.ts"
export type { BottleRoute } from "./resolve/bottle-routes.ts"
export type { SmallBudget } from "./resolve/budgets/small-budgets.ts"
export type { UncoveredProvider } from "./resolve/budgets/uncovered-providers.ts"
export { checkResumeFlags, headlessForm } from "./resolve/flags/resume-flags.ts"
export { checkStartFlags, headlessStartForm } from "./resolve/flags/start-flags.ts"
export { listOpenRoutes } from "./resolve/open-routes.ts"
export type { PreflightFacts, ResumedFacts } from "./resolve/preflight-facts.ts"
export { findRepoFolder } from "./resolve/repo-folder.ts"
export type { ResolvedLaunch } from "./resolve/resolve-launch.ts"
export { labelProblem, type RunName, readRunName } from "./resolve/run-name.ts"
export type { LaunchSurvey } from "./resolve/survey-launch.ts"
export type { SessionMode } from "./session/session-stdio.ts"
export { StopRequest, unlessStopped } from "./session/stop-request.ts"
export type { EgressClosed } from "./shutdown/close-egress.ts"
export type { Answered, QuestionAnswer } from "./supervise/answer-question.ts"
export type { Raise, WeighedApproval } from "./supervise/weigh-approval.ts"
export { keepLease, LEASE_MS, type LeaseKeeper, type LeaseOptions } from "./worker/keep-lease.ts"
export type { WorkOptions } from "./worker/work.ts"
