// Turns the text of a host or `host:port` into its one canonical form, or refuses it.
//
// The canonical form is what policy matches, what is dialled, what SNI must equal and what
// is logged, so nothing downstream normalises again.
//
//   INV-3  A name has one spelling: lower-case, no trailing dot, IDNA in ASCII. Text with
//          control bytes, userinfo, an empty or over-long label is no name at all.

import { domainToASCII } from "node:url"

/** Canonical DNS name or IP literal (v6 without brackets). Made only in this file. */
export type Hostname = string & { readonly __brand: "Hostname" }

export interface Authority {
  readonly host: Hostname
  /** `ip` for a literal in any spelling; `host` is then its canonical spelling. */
  readonly kind: "name" | "ip"
  readonly port: number
}

export type AuthorityProblem = { readonly kind: "malformed"; readonly detail: string }

export type HostnameResult = { readonly kind: "name" | "ip"; readonly host: Hostname } | AuthorityProblem

export function parseHostname(text: string): HostnameResult {
  throw new Error(`to be built: ${text} ${domainToASCII("")}`)
}

export function parseAuthority(text: string, defaultPort: number): Authority | AuthorityProblem {
  throw new Error(`to be built: ${text} ${defaultPort}`)
}
