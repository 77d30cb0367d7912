// Contracts: the words every process of bot-bottle shares. Types and their small parsers;
// no decision, no I/O. If two apps must agree on it, it stands here and nowhere else.

export {
  type BudgetLimit,
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
  WINDOWS,
  type Window,
} from "./budget.ts"
export {
  DENIAL_STATUS,
  type Denial,
  type DenialReason,
  INTERNAL_HOST,
  REASON_HEADER,
  SELF_TEST_HOST,
  UNNAMED_HOST,
} from "./denial.ts"
export {
  doneEventFile,
  EGRESS_STATE_HEADER,
  FORGE_FILES,
  FORGE_LAUNCHES_FOLDER,
  forgeLaunchFiles,
  type InternalService,
  PULL_REQUEST_EVENT_FILE,
} from "./forge-files.ts"
export { formatAge, formatBytes, formatCount, formatLocalTime, formatTime } from "./format.ts"
export { type Authority, type AuthorityProblem, type Hostname, parseAuthority, parseHostname } from "./hostname.ts"
export { asCount, asList, asObject, asText, type JsonObject, parseJson } from "./json-value.ts"
export {
  createLineReader,
  createLineSplitter,
  createLineWriter,
  type LineReader,
  type LineWriter,
  linesOf,
} from "./lines.ts"
export {
  type Answer,
  type BackgroundOrder,
  type BackgroundReport,
  backgroundOrderSchema,
  backgroundReportSchema,
  type Confirmed,
  MAX_BACKGROUND_MESSAGE,
  type ResumeFlags,
  type StartFlags,
  startFlagsSchema,
} from "./messages/background.ts"
export {
  type BaselineEntry,
  baselineHeadSchema,
  baselineLineSchema,
  type Entry,
  MAX_BASELINE_LINE,
} from "./messages/baseline.ts"
export {
  type BindPlan,
  type BindRecord,
  type BytePath,
  bindRecordSchema,
  type GuardOrder,
  type GuardReport,
  guardOrderSchema,
  guardReportSchema,
  isInnerPath,
  MAX_BIND_MESSAGE,
  type Placeholder,
} from "./messages/bind-record.ts"
export {
  base64,
  boundedText,
  count,
  type EntriesOf,
  listOf,
  name,
  nonEmptyText,
  path,
  recordOf,
  wholeNumber,
} from "./messages/bounds.ts"
export { runBudgetsSchema } from "./messages/budget-shapes.ts"
export {
  type ControlError,
  type ControlRoutes,
  type ControlStatus,
  controlErrorSchema,
  controlRoutesSchema,
  controlStatusSchema,
  MAX_CONTROL_ANSWER,
  PROXY_PROTOCOL,
} from "./messages/control-answer.ts"
export { type EgressEvent, egressEventSchema, MAX_EGRESS_EVENT } from "./messages/egress-event.ts"
export {
  DONE_STATUSES,
  type DoneEvent,
  type DoneStatus,
  type ForgeEvent,
  forgeEventSchema,
  MAX_FORGE_EVENT,
} from "./messages/forge-event.ts"
export { type ForgeLaunch, forgeLaunchSchema, MAX_FORGE_LAUNCH } from "./messages/forge-launch.ts"
export {
  type GuestMessage,
  guestMessageSchema,
  MAX_GUEST_MESSAGE,
  SELF_TEST_CHECKS,
  type SelfTestCheck,
  type SelfTestFinding,
} from "./messages/guest-message.ts"
export {
  type AuditRowEvent,
  type BudgetRow,
  budgetRowSchema,
  type DeniedRow,
  HOST_EVENT_VERSION,
  type HostEvent,
  type HostEventBody,
  hostEventSchema,
  MAX_HOST_EVENT,
  MAX_USAGE_REPORT,
  REQUEST_STATUSES,
  type RequestRow,
  type RunRow,
  runRowSchema,
  type StepRow,
  type UsageFigures,
  usageReportSchema,
} from "./messages/host-event.ts"
export { type LaunchFacts, launchFactsSchema, MAX_LAUNCH_FACTS } from "./messages/launch-facts.ts"
export { type LaunchRecord, launchRecordSchema, MAX_LAUNCH_RECORD } from "./messages/launch-record.ts"
export {
  encodeOrchestratorConfig,
  type OrchestratorConfig,
  parseOrchestratorConfig,
} from "./messages/orchestrator-config.ts"
export {
  checkMessage,
  type InvalidReason,
  type MessageOf,
  type MessageSchema,
  type Parsed,
  parseGreeting,
  parseMessage,
} from "./messages/parse-message.ts"
export {
  commandArgumentsSchema,
  configuredSchema,
  guestNeedsSchema,
  loginReadingSchema,
  placeholdersSchema,
} from "./messages/provider-output.ts"
export {
  encodeProxyConfig,
  encodeRunPolicy,
  MAX_PROXY_CONFIG,
  type ProxyConfig,
  parseProxyConfig,
  parseRunPolicy,
  type RunPolicy,
  type SharedLedgerConfig,
} from "./messages/proxy-config.ts"
export { type BudgetState, MAX_PROXY_REPORT, type ProxyReport, proxyReportSchema } from "./messages/proxy-report.ts"
export type { ListedRoute } from "./messages/route-shapes.ts"
export { encodeRunMetadata, MAX_RUN_METADATA, type RunMetadata, runMetadataSchema } from "./messages/run-metadata.ts"
export {
  type ScreenIntent,
  type ScreenOrder,
  type ScreenPlace,
  screenIntentSchema,
  screenOrderSchema,
} from "./messages/screen.ts"
export {
  EXEC_CHUNK_BYTES,
  EXEC_WINDOW_BYTES,
  MAX_SESSION_MESSAGE,
  SESSION_PROTOCOL,
  SESSION_SOCKET,
  type SessionHello,
  type SessionInput,
  type SessionOutput,
  type SessionRequest,
  sessionHelloSchema,
  sessionInputSchema,
  sessionOutputSchema,
  sessionRequestSchema,
} from "./messages/session.ts"
export {
  DEFAULT_SIDECAR_CAPS,
  encodeSidecarConfig,
  parseSidecarConfig,
  type SidecarCaps,
  type SidecarConfig,
  type SidecarForge,
  type SidecarRepository,
} from "./messages/sidecar-config.ts"
export { MAX_SIDECAR_REPORT, type SidecarReport, sidecarReportSchema } from "./messages/sidecar-report.ts"
export { MAX_STORED_LOGIN, type StoredLogin, storedLoginSchema } from "./messages/stored-login.ts"
export { MODEL_API_NAMES } from "./model-api-names.ts"
export { OperatorProblem, type ProblemExitCode } from "./operator-problem.ts"
export type { HostId, ProcessIdentity } from "./process-identity.ts"
export { EGRESS_FILES, GUEST_SHARE_FILES, LEAVE_WORD, runCaName } from "./proxy-protocol.ts"
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
} from "./route.ts"
export { type NewRun, RUN_STATUSES, type Run, type RunStatus, type Slug } from "./run.ts"
export { EMPTY_COVERS, type RunFolders, runFolders } from "./run-folders.ts"
export { isSealed, SEALED_BUILD_FLAGS, SEALED_FLAGS, SEALED_FOLDER, sealedBun } from "./sealed-bun.ts"
export { Secret } from "./secret.ts"
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
} from "./slug.ts"
export {
  AGENT_SIGNALS,
  type AgentSignal,
  boundTerminalSize,
  MAX_TERMINAL_SIZE,
  type OutputStream,
  type TerminalSize,
} from "./terminal.ts"
export { isUnsafeCharacter, sanitizeLine, sanitizeText, showHidden } from "./terminal-text.ts"
export { NO_USAGE, type Usage } from "./usage.ts"
export { WORKSPACE_MODES, type WorkspaceMode } from "./workspace-mode.ts"
