// Contracts: the words every process of bot-bottle shares. Types and their small parsers;
// no decision, no I/O. If two apps must agree on it, it stands here and nowhere else.
//
// A message's schema and limits have a door of their own, `@bot-bottle/contracts/messages/<name>`:
// a process loads the schemas of the messages it parses, and the schema library with them. Types
// cost nothing and stand here.

export { BUILD_FORM, type BuildForm } from "./build-form.ts"
export {
  DENIAL_CAUSE,
  DENIAL_STATUS,
  type Denial,
  type DenialCause,
  type DenialReason,
  INTERNAL_HOST,
  REASON_HEADER,
  type ReasonOf,
  ROUTE_DENIALS,
  type RouteDenial,
  SELF_TEST_HOST,
  UNNAMED_HOST,
} from "./egress/denial.ts"
export { DENIAL_KEY, formatDenialBody } from "./egress/denial-body.ts"
export { MODEL_API_NAMES } from "./egress/model-api-names.ts"
export { EGRESS_FILES, GUEST_SHARE_FILES, runCaName, SHUTDOWN_LINE } from "./egress/proxy-protocol.ts"
export {
  type CredentialedRoute,
  DEFAULT_DLP,
  DLP_DETECTORS,
  DLP_MODES,
  type Dlp,
  type HeaderMatch,
  type Injection,
  type Metering,
  PATH_MATCH_TYPES,
  type PathMatch,
  type Route,
  type RouteMatch,
  SERVER_TOOL_RULES,
  type ServerToolRule,
  siteOf,
} from "./egress/route.ts"
export {
  DEFAULT_ASK_TIMEOUT_MS,
  MATCH_RULES,
  MAX_ASK_TIMEOUT_MS,
  type MatchRule,
  type SuperviseRules,
  UNLISTED_RULES,
  type UnlistedRule,
} from "./egress/supervise-rules.ts"
export {
  doneEventFile,
  EGRESS_STATE_HEADER,
  FORGE_FILES,
  FORGE_LAUNCHES_FOLDER,
  forgeLaunchFiles,
  forgeWebUrl,
  type InternalService,
  PULL_REQUEST_EVENT_FILE,
} from "./forge-files.ts"
export { formatAsk } from "./format-ask.ts"
export type { AskServiceConfig } from "./messages/ask-service-config.ts"
export type {
  Answer,
  BackgroundOrder,
  BackgroundReport,
  Confirmed,
  ResumeFlags,
  StartFlags,
} from "./messages/background.ts"
export type { BaselineEntry, Entry } from "./messages/baseline.ts"
export type { BindPlan, BindRecord, GuardOrder, GuardReport, Placeholder } from "./messages/bind-record.ts"
export type { ControlError, ControlRoutes, ControlStanding, ControlStatus } from "./messages/control-answer.ts"
export type { EgressEvent } from "./messages/egress-event.ts"
export type { DoneEvent, DoneStatus, ForgeEvent } from "./messages/forge/forge-event.ts"
export type { ForgeLaunch } from "./messages/forge/forge-launch.ts"
export type { LaunchFacts } from "./messages/forge/launch-facts.ts"
export type { OrchestratorConfig, WebhookReceiver } from "./messages/forge/orchestrator-config.ts"
export type { SidecarConfig, SidecarForge, SidecarRepository } from "./messages/forge/sidecar-config.ts"
export type { SidecarReport } from "./messages/forge/sidecar-report.ts"
export type { GuestMessage, SelfTestCheck, SelfTestFinding } from "./messages/guest-message.ts"
export type {
  AccountRow,
  AskRow,
  AuditRowEvent,
  BudgetRow,
  DeniedRow,
  HostEvent,
  HostEventBody,
  RequestRow,
  RunRow,
  StepRow,
  UsageFigures,
} from "./messages/host-event.ts"
export type { LaunchRecord } from "./messages/launch-record.ts"
export type { ProxyConfig, RunPolicy, SharedLedgerConfig } from "./messages/proxy-config.ts"
export type { BudgetState, ProxyReport } from "./messages/proxy-report.ts"
export type { RunLease } from "./messages/run-lease.ts"
export type { RunMetadata } from "./messages/run-metadata.ts"
export type { ScreenIntent, ScreenOrder, ScreenPlace } from "./messages/screen.ts"
export type { SessionHello, SessionInput, SessionOutput, SessionRequest } from "./messages/session.ts"
export type { EntriesOf } from "./messages/shapes/bounds.ts"
export type { InvalidReason, MessageOf, MessageSchema, Parsed } from "./messages/shapes/parse-message.ts"
export type { ListedRoute } from "./messages/shapes/route-shapes.ts"
export type { StoredFile, StoredKey, StoredLogin } from "./messages/stored-login.ts"
export { OperatorProblem, type ProblemExitCode } from "./operator-problem.ts"
export {
  asBun,
  builtFile,
  cloneFolder,
  foreignProgram,
  GUEST_FOLDER,
  GUEST_PROGRAMS,
  type GuestProgram,
  guestFolder,
  guestProgram,
  HOST_PROGRAMS,
  HOST_THREADS,
  type HostProgram,
  hostProgram,
  hostThread,
  LOOSE_PROGRAMS,
  looseProgram,
  PROGRAM_FLAG,
} from "./own-programs.ts"
export {
  ANSWER_CHANNELS,
  type AnswerChannel,
  APPROVAL_DURATIONS,
  type ApprovalDuration,
  type Ask,
  type BudgetProposal,
  HOLD_CAUSES,
  type HoldProposal,
  PROPOSAL_KINDS,
  PROPOSAL_STATES,
  type Proposal,
  type ProposalAnswer,
  type ProposalKind,
  type ProposalState,
  type RouteProposal,
  type ToolProposal,
} from "./proposal.ts"
export type { HostId, ProcessIdentity } from "./run/process-identity.ts"
export { type FreezeReason, type NewRun, RUN_STATUSES, type Run, type RunStatus, type Slug } from "./run/run.ts"
export { EMPTY_COVERS, GUEST_SHARE_FOLDER, type RunFolders, runFolders } from "./run/run-folders.ts"
export {
  COLORS,
  type Color,
  composeSlug,
  isSlug,
  LABEL_MAX_BYTES,
  type LabelResult,
  numberedLabel,
  parseColor,
  parseLabel,
} from "./run/slug.ts"
export {
  forgeTagValue,
  ISSUE_TAG,
  isTagName,
  isTagValue,
  MAX_TAG_VALUE,
  MAX_TAGS,
  PULL_REQUEST_TAG,
  parseTags,
  type Tags,
} from "./run/tags.ts"
export { WORKSPACE_MODES, WORKSPACE_PATHS, type WorkspaceMode, type WorkspacePath } from "./run/workspace-mode.ts"
export { isSealed, SEALED_BUILD_FLAGS, SEALED_FLAGS, SEALED_FOLDER, sealedBun } from "./sealed-bun.ts"
export { Secret } from "./secret.ts"
export { DEFAULT_SIDECAR_CAPS, type SidecarCaps } from "./sidecar-caps.ts"
export {
  type BudgetLimit,
  type FanOut,
  type FanOutLimit,
  FLEET_SCOPE,
  GATES,
  type Gate,
  HOST_SCOPE,
  LIMIT_SOURCES,
  type LimitSource,
  type ProviderName,
  type RunBudgets,
  SCOPE_KINDS,
  type Scope,
  type ScopeKind,
  SHUTDOWN_POLICIES,
  type ShutdownPolicy,
  USD,
  unitOf,
  WINDOWS,
  type Window,
} from "./spend/budget.ts"
export { type PriceRow, type Rates, SERVICE_TIERS, type ServiceTier, type Vendor } from "./spend/price.ts"
export { ON_LIMIT_RULES, type OnLimit, type ProviderWindow } from "./spend/provider-window.ts"
export { NO_USAGE, type Usage } from "./spend/usage.ts"
export {
  AGENT_SIGNALS,
  type AgentSignal,
  boundTerminalSize,
  MAX_TERMINAL_SIZE,
  type OutputStream,
  type TerminalSize,
  terminalVariables,
} from "./terminal.ts"
export { type BytePath, isInnerPath } from "./text/byte-path.ts"
export {
  formatAge,
  formatAmount,
  formatBytes,
  formatCount,
  formatCounted,
  formatLocalTime,
  formatShare,
  formatTime,
  formatUsd,
} from "./text/format.ts"
export {
  type Authority,
  type AuthorityProblem,
  formatAuthority,
  type Hostname,
  parseAuthority,
  parseHostname,
} from "./text/hostname.ts"
export { asCount, asList, asObject, asText, type JsonObject, parseJson } from "./text/json-value.ts"
export {
  createLineSplitter,
  linesOf,
} from "./text/lines.ts"
export { quoteCommand } from "./text/quote-command.ts"
export { isUnsafeCharacter, sanitizeLine, sanitizeText, showHidden } from "./text/terminal-text.ts"
