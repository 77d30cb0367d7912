// Contracts: the words every process of bot-bottle shares. Types and their small parsers;
// no decision, no I/O. If two apps must agree on it, it stands here and nowhere else.

export {
  type BudgetLimit,
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
export { CANARY_HOST, DENIAL_STATUS, type Denial, type DenialReason, INTERNAL_HOST, REASON_HEADER } from "./denial.ts"
export { type Authority, type AuthorityProblem, type Hostname, parseAuthority, parseHostname } from "./hostname.ts"
export { asCount, asList, asObject, asText, type JsonObject, parseJson } from "./json-value.ts"
export { base64, boundedText, count, listOf, nonEmptyText, wholeNumber } from "./messages/bounds.ts"
export {
  checkMessage,
  type InvalidReason,
  type MessageOf,
  type MessageSchema,
  type Parsed,
  parseGreeting,
  parseMessage,
} from "./messages/parse-message.ts"
export { MODEL_API_NAMES } from "./model-api-names.ts"
export { OperatorProblem, type ProblemExitCode } from "./operator-problem.ts"
export type { HostId, ProcessIdentity } from "./process-identity.ts"
export {
  type BudgetState,
  type ControlStatus,
  DOOR_FILES,
  decodeProxyConfig,
  decodeRunPolicy,
  EGRESS_FILES,
  type EgressEvent,
  encodeProxyConfig,
  encodeRunPolicy,
  LEAVE_WORD,
  type ProxyConfig,
  type ProxyReport,
  type RunPolicy,
} from "./proxy-protocol.ts"
export {
  type ArmedRoute,
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
export { type RunFolders, runFolders } from "./run-folders.ts"
export { Secret } from "./secret.ts"
export { NO_USAGE, type Usage } from "./usage.ts"
