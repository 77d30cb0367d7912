// One agent harness as bot-bottle must know it: how to install and start it, which hosts it uses,
// which credential it needs, and the files of its guest.
//
// One folder each (claude/, codex/, …) with the same file names, or the operator's own in
// contrib/<name>/provider.ts. Pure values: no I/O, no clock.

import type { Injection, ProviderName, Route } from "@bot-bottle/contracts"
import type { LoginRenewal } from "./login-renewal.ts"

export interface Provider {
  /** Template name in manifests: `claude`. */
  readonly name: string
  /** Providers this harness meters by default, main one first; `command` takes its list from the manifest. */
  readonly meters: readonly ProviderName[]
  readonly toolchain: Toolchain | undefined
  /** Input of its first request, for one word of a prompt in an empty folder: measured with the pinned version. */
  readonly firstRequestTokens?: number
  /** Instead of a toolchain: a command of the guest's system. `command` takes its own from the manifest. */
  readonly program?: readonly string[]
  /** For a backend with images, when ours does not do: a name the engine has, or the absolute path of a Dockerfile. */
  readonly image?: string
  /** The harness's command line, after its executable. Order: bypass, start-up, the guest's needs, the operator's own, headless. */
  composeArgs(session: HarnessSession): readonly string[]
  /** Whether the operator's own arguments make it run without a terminal. Absent: no arguments do. */
  runsWithoutTerminal?(own: readonly string[]): boolean
  /** With a prompt it reads its stdin to the end before it begins: an idle pipe would hold it up for ever. */
  readonly readsInputFirst?: boolean
  /** Files in the guest's home that hold a conversation, `*` for any part of one name. None there: none to continue. */
  readonly conversation?: string
  /** Where in the guest's home it looks for skills, one folder each. Absent: it knows none. */
  readonly skillsFolder?: string
  /** It asks for these at every start and works without them: their refusal is in the log, and not what a person must decide. */
  readonly dispensable?: readonly { readonly host: string; readonly path: string }[]
  /** Routes the harness needs, credential not yet attached. Metered hosts carry `metering`. */
  readonly routes: readonly Route[]
  /** In the order they are looked for; the first that the host has wins. */
  readonly credentials: readonly CredentialSource[]
  /** True when the operator chose a model server that takes no credential. */
  readonly isCredentialFree?: boolean
  /** The guest's placeholder for that credential: the right shape, no access. */
  placeholders(credential: HeldCredential | undefined): Placeholders
  /** Further needs of the guest. Never a secret. */
  guest(setup: GuestSetup): GuestNeeds
  /** Files and arguments that make the harness use one MCP server. Absent: it cannot. */
  registerMcp?(server: McpServer): GuestNeeds
  /** This provider with `agent_provider.settings` applied. Absent: it takes no settings. */
  configure?(settings: ProviderSettings): Configured
}

export interface Toolchain {
  readonly npmPackage: string
  /** Exact. */
  readonly version: string
  /** Path of the executable inside the installed package tree, from the toolchain folder; the x64 one where they differ. */
  readonly executable: string
  /** The same for other processors, by `process.arch` name, when the package carries native binaries. */
  readonly executableByArch?: Readonly<Record<string, string>>
  /** Run by the Bun that every bottle has: a script would need an interpreter of the host's. */
  readonly interpreter?: "bun"
}

export interface HarnessSession {
  /** The task, to be done without questions: one argument, verbatim, last. Undefined: a person sits at the terminal. */
  readonly prompt: string | undefined
  /** The first words at a terminal, typed for the person. Only without `prompt`. */
  readonly opening: string | undefined
  /** Continue the harness's own last conversation. */
  readonly continues: boolean
  /** `GuestNeeds.args`. */
  readonly needed: readonly string[]
  /** As the operator typed them after `--`. */
  readonly own: readonly string[]
}

export type CredentialSource = VariableCredential | LoginCredential

/** A host environment variable that holds a key. */
export interface VariableCredential {
  readonly kind: "variable"
  /** The variable's. */
  readonly name: string
  /** For messages: `Claude OAuth token`. */
  readonly title: string
  readonly injection: Injection
  /** How its text begins, so that one under another name is known by its value. */
  readonly prefix?: string
  /** For messages: the harness's command that prints one. */
  readonly printedBy?: string
  /** The hosts of the provider that it opens; the others get no route. Absent: all. */
  readonly hosts?: readonly string[]
}

/** The file that the harness itself keeps on the host after a login. */
export interface LoginCredential {
  readonly kind: "login"
  /** The name by which the guest's placeholders know it. */
  readonly name: string
  readonly title: string
  /** The first whose `variable` is set on the host is the file: `$CODEX_HOME/auth.json`. */
  readonly files: readonly { readonly variable: string; readonly path: string }[]
  /** Files that name the account, where the login's own does not; found in the same way. */
  readonly accountFiles?: LoginCredential["files"]
  readAccountName?(text: string): string | undefined
  /** For messages: the command that logs in again. */
  readonly renew: string
  read(text: string, nowMs: number): LoginReading
  /** Absent: only the harness itself renews it. */
  readonly renewal?: LoginRenewal
}

export type LoginReading =
  | {
      readonly outcome: "found"
      readonly secret: string
      readonly injection: Injection
      readonly hosts: readonly string[]
      readonly held: HeldCredential
      /** True when it holds what `renewal` needs. */
      readonly isRenewable?: boolean
      /** May be past. Absent: it does not say. */
      readonly expiresAtMs?: number
      readonly issuedAtMs?: number
      /** For people: whose it is. */
      readonly account?: string
    }
  /** The same as an `expiresAtMs` that is past. */
  | { readonly outcome: "expired"; readonly expiredAtMs: number }
  /** The file is there for something else. */
  | { readonly outcome: "absent" }
  /** `why` quotes nothing of the file. */
  | { readonly outcome: "unusable"; readonly why: string }

/** A credential as the guest may know it. */
export interface HeldCredential {
  /** A source's name. */
  readonly name: string
  /** Facts that the harness needs to see and that open nothing: a plan's name. */
  readonly details?: Readonly<Record<string, string>>
}

export interface GuestSetup {
  readonly guestHome: string
  /** Inside the guest: the run's CA alone, and system roots plus the run's CA. */
  readonly caFile: string
  readonly caBundleFile: string
  /** Which credential was found for the harness itself. */
  readonly credential: HeldCredential | undefined
  /** The placeholders for the credentials of everything that the run meters. */
  readonly placeholders: Placeholders
  readonly systemPrompt: string
  readonly workspace: string
  /** The run's, for the harness to show where it can. `color` is one of the 16 ANSI names, or `""`. */
  readonly label: string
  readonly color: string
}

export interface Placeholders {
  readonly env: Readonly<Record<string, string>>
  readonly files: readonly GuestFile[]
}

export interface GuestNeeds extends Placeholders {
  /** Extra arguments before the operator's own, e.g. the system prompt. */
  readonly args: readonly string[]
}

export interface GuestFile {
  /** Relative to the guest's home. */
  readonly path: string
  readonly content: string
  /** JSON to which the harness adds fields of its own: a run that is resumed keeps those. */
  readonly keepsOtherFields?: boolean
}

/** An MCP server as the guest reaches it. `name` matches [a-z][a-z0-9-]*. */
export type McpServer =
  | { readonly kind: "command"; readonly name: string; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: "http"; readonly name: string; readonly url: string }

/** `agent_provider.settings`, as the manifest parsed them. */
export interface ProviderSettings {
  readonly provider?: string
  readonly model?: string
  readonly api?: string
  readonly baseUrl?: string
  readonly tokenRef?: string
}

export type Configured =
  | { readonly outcome: "configured"; readonly provider: Provider }
  | { readonly outcome: "refused"; readonly why: string; readonly hint: string }
