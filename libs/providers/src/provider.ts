// What bot-bottle must know about one agent harness to run it in a bottle: how to install
// and start it, where it talks to, which credential it needs, what the guest must hold.
//
// One folder each (claude/, command/, …) with the same file names. Pure values: no I/O.

import type { Injection, ProviderName, Route } from "@bot-bottle/contracts"

export interface Provider {
  /** Template name in manifests: `claude`. */
  readonly name: string
  /** Providers this harness meters by default, main one first; `command` takes its list from the manifest. */
  readonly meters: readonly ProviderName[]
  readonly toolchain: Toolchain | undefined
  readonly args: ProviderArgs
  /** Files in the guest's home that hold a conversation, `*` for any part of one name. None there: none to continue. */
  readonly conversation?: string
  /** Routes the harness needs, credential not yet attached. Metered hosts carry `metering`. */
  readonly routes: readonly Route[]
  /** In the order they are looked for; the first that the host has wins. */
  readonly credentials: readonly CredentialSource[]
  /** What the guest needs, given which credential source was found. Placeholders only, never a secret. */
  guest(setup: GuestSetup): GuestNeeds
}

export interface Toolchain {
  readonly npmPackage: string
  /** Exact. */
  readonly version: string
  /** Path of the executable inside the installed package tree, from the toolchain folder; the x64 one where they differ. */
  readonly executable: string
  /** The same for other processors, by `process.arch` name, when the package carries native binaries. */
  readonly executableByArch?: Readonly<Record<string, string>>
}

export interface ProviderArgs {
  /** Skip the harness's own permission prompts: the bottle is the wall. */
  readonly bypass: readonly string[]
  readonly startup: readonly string[]
  /** The prompt is one element, verbatim, last. */
  headlessPrompt(prompt: string): readonly string[]
  /** Continues the agent's own last conversation, in place of a new one. */
  readonly resume: readonly string[]
}

export interface CredentialSource {
  /** Host environment variable's name. */
  readonly env: string
  readonly injection: Injection
  /** For messages: `Claude OAuth token`. */
  readonly title: string
  /** How its text begins, so that one under another name is known by its value. */
  readonly prefix?: string
}

export interface GuestSetup {
  readonly guestHome: string
  /** Inside the guest: the run's CA alone, and system roots plus the run's CA. */
  readonly caFile: string
  readonly caBundleFile: string
  /** Which of `credentials` was found, by env name. */
  readonly credentialEnv: string | undefined
  /** For a harness that meters others: which of their credentials were found, by env name. */
  readonly meteredCredentialEnvs?: readonly string[]
  readonly systemPrompt: string
  readonly workspace: string
}

export interface GuestNeeds {
  readonly env: Readonly<Record<string, string>>
  readonly files: readonly GuestFile[]
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
