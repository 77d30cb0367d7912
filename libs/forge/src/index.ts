// Forge: issues, pull requests and comments of a forge, behind words that name no vendor.
// Gitea is the first; the records, the footer, the targeting and the cleaning of an agent's
// text are the same for every one of them.

export type {
  Comment,
  Forge,
  Issue,
  NewPullRequest,
  PullRequest,
  RepositoryIdentity,
  Review,
  WatchedForge,
} from "./forge.ts"
export { ForgeError, type ForgeFailure, ForgeScopeError } from "./forge-error.ts"
export { createGitea, type GiteaOptions } from "./gitea/gitea.ts"
export {
  type GiteaHook,
  type GiteaInspection,
  type GiteaProtection,
  type GiteaRepositoryFacts,
  inspectGitea,
  type TestDelivery,
} from "./gitea/inspect-gitea.ts"
export { findDeliveryRepository, parseWebhook, WEBHOOK_PATHS, type WebhookEvent } from "./gitea/parse-webhook.ts"
export { parseApiUrl } from "./gitea/request.ts"
export { isSignedBy } from "./gitea/webhook-signature.ts"
export { composeSummary, type ForgeRow, gitleaksVerdict, type RunFacts } from "./provenance/compose-summary.ts"
export {
  buildProvenanceFooter,
  type GitleaksVerdict,
  type Provenance,
  type ProvenanceEgress,
  type ProvenanceTokens,
} from "./provenance/footer.ts"
export { isSameRepository, parseRepositoryName, type RepositoryName } from "./repository-name.ts"
export { type Scope, ScopedForge } from "./scoped-forge.ts"
export {
  FORGE_STATUSES,
  type ForgeEnding,
  type ForgeState,
  type ForgeStatus,
  parseForgeState,
} from "./state/forge-state.ts"
export {
  createForgeStateStore,
  type ForgeStateStore,
  type ForgeStates,
  type IssueKey,
} from "./state/forge-state-store.ts"
export { listIfThere, readIfThere } from "./state/read-if-there.ts"
export { doesSidecarAnswer, findDone, findOpenedPullRequest, readCheckIn } from "./state/run-events.ts"
export { createServingRecords, type ServingRecord, type ServingRecords } from "./state/serving-records.ts"
export {
  createSharedStateStore,
  type SharedRecord,
  type SharedRecords,
  toSharedRecord,
} from "./state/shared-state-store.ts"
export { findWatchdogReason, type RunLife } from "./state/watchdog.ts"
export { AGENT_LABEL, BOTTLE_LABEL, decideTargeting, type Targeting, type TargetingRefusal } from "./targeting.ts"
export { agentMarker, endsWithMarker, refusalMarker, summaryMarker } from "./text/markers.ts"
export {
  type ForeignClosing,
  findForeignClosing,
  type NeutralText,
  neutralizeText,
  quoteText,
} from "./text/neutralize.ts"
