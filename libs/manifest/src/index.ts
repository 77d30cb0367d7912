// Manifests: Markdown and YAML in, typed values or named problems out. The only place that
// reads YAML.

export { type Listed, loadSettings, type ManifestLibrary, openManifestLibrary } from "./library.ts"
export type {
  AgentManifest,
  AgentProviderSpec,
  BottleManifest,
  EnvValue,
  GitUser,
  Limits,
  ManifestProblem,
  RouteSpec,
  Settings,
} from "./manifest.ts"
