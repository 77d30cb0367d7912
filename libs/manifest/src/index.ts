// Manifests: Markdown and YAML in, typed values or named problems out. The only place that
// reads YAML.
//
// `parse…` and `composeBottles` are pure: text and values. `openManifestLibrary` and
// `loadSettings` read the disk, and refuse what another user can write.

export { type AgentResult, type AgentSource, parseAgent } from "./agent.ts"
export { type BottleLayer, type BottleResult, type BottleSource, parseBottle } from "./bottle.ts"
export { allowRoute, denyRoute, type EditedFile, type RouteAsk, type RouteEdit } from "./edit/edit-routes.ts"
export { type LineChange, listChanges } from "./edit/splice.ts"
export { type ComposeResult, composeBottles } from "./fold/compose-bottles.ts"
export type { BottleShelf } from "./fold/lineage.ts"
export { HARNESS_NAMES, type HarnessName } from "./harness-names.ts"
export { checkHostRoot, checkHostRootWritable, ensureHostRoot, findOwnershipProblem } from "./host-root.ts"
export { METERED_PROVIDERS } from "./keys/budget.ts"
export { findHostProblem } from "./keys/host.ts"
export {
  type Listed,
  loadPrices,
  loadSettings,
  type ManifestFile,
  type ManifestLibrary,
  openManifestLibrary,
} from "./library.ts"
export {
  type AgentManifest,
  type AgentProviderSettings,
  type AgentProviderSpec,
  BACKENDS,
  type BottleManifest,
  type EnvValue,
  type GitRepo,
  type GitUser,
  type Limits,
  type ManifestProblem,
  type NotifyTarget,
  type Origins,
  type PlacedRoute,
  PROVIDER_APIS,
  type ProviderApi,
  type ResolvedValue,
  type RouteSpec,
  type Settings,
} from "./manifest.ts"
export { listPluginNames } from "./manifest-files.ts"
export { isManifestName } from "./names.ts"
export { type PolicyCase, type PolicyCases, parsePolicyCases } from "./policy-cases.ts"
export { asOperatorProblem, formatProblem, placeOfValue, shownPath } from "./problem.ts"
export { parseByteSize, parseDuration } from "./quantities.ts"
export { DEFAULT_SETTINGS, parseSettings, type SettingsResult } from "./settings.ts"
export { loadSkills, type Skill, type SkillFile, type SkillPlaces } from "./skills.ts"
export {
  listStarterFiles,
  newAgentText,
  newBottleText,
  STARTER_AGENT,
  STARTER_BOTTLE,
  STARTER_CHOICE,
  type StarterChoice,
  type StarterFile,
} from "./starter.ts"
