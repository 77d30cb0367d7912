// The shapes that manifests and settings.yml parse into. Values only: nothing here reads a
// file, and nothing here holds a secret.

import type { QuietHours } from "@bot-bottle/budget"
import type {
  Dlp,
  FanOut,
  Gate,
  MatchRule,
  OnLimit,
  ProviderName,
  Route,
  ServerToolRule,
  ShutdownPolicy,
  UnlistedRule,
  Window,
  WorkspaceMode,
  WorkspacePath,
} from "@bot-bottle/contracts"

/** One thing wrong in one file, for a person: `bottles/dev.md:7: unknown key 'egres'; did you mean 'egress'?` */
export interface ManifestProblem {
  readonly file: string
  readonly line?: number
  readonly message: string
  readonly hint?: string
}

/** Where values stand, `~/.bot-bottle/settings.yml:4` by `upstream_ca`: for what only a later check finds wrong. */
export type Origins = Readonly<Record<string, string>>

export interface AgentManifest {
  readonly name: string
  readonly file: string
  readonly origins: Origins
  /** `repo` agents come with a cloned repository and may not carry a budget. */
  readonly origin: "operator" | "repo"
  readonly bottle: string | undefined
  readonly skills: readonly string[]
  readonly gitUser: GitUser
  readonly budget: Readonly<Record<ProviderName, number>>
  readonly fanOut?: FanOut | undefined
  readonly shutdown: ShutdownPolicy | undefined
  /** The body: the agent's system prompt. */
  readonly prompt: string
}

export interface GitRepo {
  readonly url?: string
  /** Host env var with the credential that the host side uses for it. */
  readonly tokenRef?: string
  /** Ends in a slash. Absent: the run's own. */
  readonly branchPrefix?: string
  readonly isWritable: boolean
}

/** Limits of a run on its forge. A field that is absent has its default. */
export interface ForgeSpec {
  readonly allowsWorkflows: boolean
  readonly comments?: number
  readonly edits?: number
  readonly pullRequests?: number
}

export interface GitUser {
  readonly name?: string
  readonly email?: string
}

/** One bottle, or several composed, after their ancestors were folded in. */
export interface BottleManifest {
  readonly name: string
  readonly file: string
  readonly origins: Origins
  /** The bottles named at launch, in merge order. `name` is the last of them. */
  readonly bottles: readonly string[]
  /** Nearest first, without `bottles`. */
  readonly ancestors: readonly string[]
  readonly env: Readonly<Record<string, EnvValue>>
  readonly agentProvider: AgentProviderSpec
  readonly routes: readonly PlacedRoute[]
  readonly logLevel: 0 | 1 | 2
  /** For every route that does not say otherwise, the providers' own among them. Absent: `DEFAULT_DLP`. */
  readonly dlp?: Dlp
  /** Absent: `refuse`. */
  readonly serverTools?: ServerToolRule
  readonly gitUser: GitUser
  readonly gitRepos: Readonly<Record<string, GitRepo>>
  /** No push without a scan by gitleaks. */
  readonly requiresGitleaks: boolean
  readonly forge: ForgeSpec
  /** Each bottle's own budget, by the bottle that declares it: its own name or an ancestor's. Nearest first. */
  readonly budgets: readonly {
    readonly bottle: string
    readonly provider: ProviderName
    readonly limitTokens: number
  }[]
  /** Each bottle's own, as its budgets are. */
  readonly fanOuts?: readonly (FanOut & { readonly bottle: string })[]
  readonly shutdown: ShutdownPolicy | undefined
  /** When the provider's own limit is spent. Absent: `refuse`. */
  readonly onLimit?: OnLimit
  readonly limits: Limits
  /** For a backend with images: a name the engine has, or the absolute path of a Dockerfile. */
  readonly image?: string
  /** Absent: what settings say, or else what fits the folder. */
  readonly workspace?: WorkspaceMode
  /** Absent: `usual`. */
  readonly workspacePath?: WorkspacePath
  /** Changes to the names that are hidden as secrets; the last that fits a name counts. */
  readonly workspaceHide: readonly string[]
  /** The agent may ask its operator for more. */
  readonly supervise: boolean
  /** Absent: `refuse`. */
  readonly onUnlisted?: UnlistedRule
  /** Absent: `refuse`. */
  readonly onMatch?: MatchRule
  /** Absent: as settings say. */
  readonly askTimeoutMs?: number
}

export type EnvValue =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "ask"; readonly prompt: string }

export interface AgentProviderSpec {
  /** `claude`, `codex`, `pi`, `command`, or a plugin's name. */
  readonly template: string
  /** Only for `command`. */
  readonly argv: readonly string[]
  readonly meters: readonly ProviderName[]
  /** Host env var that replaces the provider's default credential sources. */
  readonly tokenRef: string | undefined
  /** The name of the account among those that `login` keeps. At most one of these three is there. */
  readonly login?: string
  /** A command of the host whose output is the credential. */
  readonly tokenCmd?: readonly string[]
  /** For `pi` and plugins: which model API, where, with which credential. */
  readonly settings?: AgentProviderSettings
}

export const PROVIDER_APIS = ["anthropic-messages", "openai-responses", "openai-completions", "ollama"] as const
export type ProviderApi = (typeof PROVIDER_APIS)[number]

export interface AgentProviderSettings {
  readonly provider?: string
  readonly model?: string
  readonly api?: ProviderApi
  readonly baseUrl?: string
  readonly tokenRef?: string
}

/** A manifest's route: what the launcher arms with the secret that `tokenRef` names. */
export interface RouteSpec extends Route {
  readonly tokenRef?: string
}

export interface PlacedRoute extends RouteSpec {
  /** `~/.bot-bottle/bottles/dev.md:7` */
  readonly at: string
}

export interface Limits {
  readonly memoryBytes?: number
  readonly pids?: number
  readonly cpus?: number
  readonly diskBytes?: number
  readonly tmpBytes?: number
}

export const BACKENDS = ["bwrap", "docker"] as const

export interface Settings {
  readonly origins: Origins
  readonly fanOut?: FanOut | undefined
  readonly budget: Readonly<Record<ProviderName, number>>
  readonly budgetWindow: Window
  readonly ceiling: Readonly<Record<ProviderName, number>>
  readonly shutdown: ShutdownPolicy
  readonly gate: Gate
  readonly gateExact: boolean
  readonly cacheReadWeight: number
  readonly backend: string | undefined
  readonly resolve: Readonly<Record<string, string>>
  /** Absolute path. */
  readonly upstreamCa: string | undefined
  readonly watchdogTimeoutMs: number
  readonly keepEndedMs: number
  /** No parked run is resumed by itself then. */
  readonly quietHours: QuietHours | undefined
  /** Told of questions that agents ask; nobody when undefined. */
  readonly notify: NotifyTarget | undefined
  /** How long a request waits for the operator, where its bottle does not say. */
  readonly askTimeoutMs: number
  /** Undefined: a copy inside a Git work tree, empty elsewhere. */
  readonly workspace: WorkspaceMode | undefined
  /** A larger copy needs an explicit flag. */
  readonly workspaceLimitBytes: number
  /** `sqlite`, or the address of a ledger that several hosts share. */
  readonly ledger: string
  /** The variable with the password of the shared ledger, when it is not in ~/.pgpass. */
  readonly ledgerTokenRef: string | undefined
  readonly dashboard: DashboardSettings
}

export type NotifyTarget =
  /** `argv[0]` is an absolute path, or a name that is looked up in PATH. */
  { readonly kind: "command"; readonly argv: readonly string[] } | { readonly kind: "webhook"; readonly url: string }

export const DASHBOARD_THEMES = ["auto", "dark", "light", "terminal"] as const
export type DashboardTheme = (typeof DASHBOARD_THEMES)[number]

export interface DashboardSettings {
  readonly theme: DashboardTheme
  readonly mouse: boolean
  /** From an action to its key, or to `none`. */
  readonly keys: Readonly<Record<string, string>>
}

/** One line of `info`: what a value is after all merging, and which line of which file says so. Never a secret. */
export interface ResolvedValue {
  /** As in the file: `limits.memory`, `env.CI`, `egress.routes`. */
  readonly key: string
  readonly value: string
  /** `~/.bot-bottle/bottles/dev.md:7`, or `default`. */
  readonly origin: string
}
