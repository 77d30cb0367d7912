// Turns the text of a host or `host:port` into its one canonical form, or refuses it.
//
// The canonical form is what policy matches, what is dialled, what SNI must equal and what is
// logged, so nothing downstream normalises again. `domainToASCII` does the Unicode part and reads
// every IPv4 spelling, but it also drops tabs, decodes `%2e` and cuts at a slash: everything that
// it would repair is refused before.
//
//   INV-3  A name has one spelling: lower-case, no trailing dot, IDNA in ASCII. Text with control
//          bytes, userinfo, an empty or an over-long label is not a valid name.

import { domainToASCII } from "node:url"

/** Canonical DNS name or IP literal (v6 without brackets). Made only in this file. */
export type Hostname = string & { readonly __brand: "Hostname" }

export interface Authority {
  readonly host: Hostname
  /** `ip` for a literal in any spelling; `host` is then its canonical spelling. */
  readonly kind: "name" | "ip"
  readonly port: number
}

/** `detail` never quotes the text: it may hold bytes that a log or a terminal would obey. */
export type AuthorityProblem = { readonly kind: "malformed"; readonly detail: string }

export type HostnameResult = { readonly kind: "name" | "ip"; readonly host: Hostname } | AuthorityProblem

/** Reads a name or an IP literal; v6 with or without its brackets. */
export function parseHostname(text: string): HostnameResult {
  if (text === "") return malformed("host is empty")
  // No spelling of a 253-byte name is longer: four bytes a character, nothing else to gain.
  if (text.length > 1024) return malformed("host is longer than 253 bytes")
  if (text.startsWith("[") || text.includes(":")) return parseIPv6(text)
  if (!NAME_CHARACTERS.test(text)) return malformed("host has a character no name can have")

  const ascii = PLAIN_NAME.test(text) ? text : domainToASCII(text)
  if (ascii === "") return malformed("host is neither a name nor an address")
  if (IPV4.test(ascii)) return { kind: "ip", host: ascii as Hostname }
  return parseName(ascii.endsWith(".") ? ascii.slice(0, -1) : ascii)
}

/** Reads `host`, `host:port` or `[v6]:port`. A port is 1 to 65535 in plain decimal digits. */
export function parseAuthority(text: string, defaultPort: number): Authority | AuthorityProblem {
  const parts = AUTHORITY.exec(text)
  if (parts === null) return malformed("authority is not host:port; an IPv6 address needs brackets")

  const host = parseHostname(parts[1] ?? "")
  if (host.kind === "malformed") return host
  const portText = parts[2]
  if (portText === undefined) return { ...host, port: defaultPort }

  const port = PORT.test(portText) ? Number(portText) : 0
  if (port < 1 || port > 65_535) return malformed("port is not a number from 1 to 65535")
  return { ...host, port }
}

/** As it stands in a URL: an IPv6 address in brackets. With `scheme` its own port is left out. */
export function formatAuthority(
  { host, port }: Pick<Authority, "port"> & { readonly host: string },
  scheme?: "https" | "http",
): string {
  const name = host.includes(":") ? `[${host}]` : host
  return port === (scheme && DEFAULT_PORTS[scheme]) ? name : `${name}:${port}`
}

const DEFAULT_PORTS = { https: 443, http: 80 }

/** ASCII that names are made of, and anything outside ASCII that is neither invisible nor a space. */
const NAME_CHARACTERS = /^(?:[A-Za-z0-9._-]|(?![\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])[^\0-\x7f])+$/u
/** The common case, spelled canonically already: no punycode to verify, no number in the last label. */
const PLAIN_NAME = /^(?!.*xn--)(?:[a-z0-9._-]*\.)?[a-z_-]+$/
const AUTHORITY = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/
const IPV6_CHARACTERS = /^\[[0-9A-Fa-f:.]+\]$/
const PORT = /^[1-9][0-9]{0,4}$/
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/

function parseName(name: string): HostnameResult {
  if (name.length > 253) return malformed("host is longer than 253 bytes")
  for (const label of name.split(".")) {
    if (label === "") return malformed("host has an empty label")
    if (label.length > 63) return malformed("host has a label longer than 63 bytes")
    if (!LABEL.test(label))
      return malformed("host has a label with a hyphen at its edge or a character no name can have")
  }
  return { kind: "name", host: name as Hostname }
}

function parseIPv6(text: string): HostnameResult {
  const bracketed = text.startsWith("[") ? text : `[${text}]`
  // The character test also refuses zone ids: they name an interface of ours, not a host.
  const canonical = IPV6_CHARACTERS.test(bracketed) ? domainToASCII(bracketed) : ""
  if (canonical === "") return malformed("host is not an IPv6 address")
  return { kind: "ip", host: (mappedIPv4(canonical) ?? canonical.slice(1, -1)) as Hostname }
}

/** A v4-mapped address reaches the IPv4 host, so it is spelled as that host. */
function mappedIPv4(canonical: string): string | undefined {
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return undefined
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join(".")
}

function malformed(detail: string): AuthorityProblem {
  return { kind: "malformed", detail }
}
