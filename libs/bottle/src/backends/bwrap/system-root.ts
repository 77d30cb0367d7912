// Looks at the host for the parts of its system that a bottle sees read-only.
//
// A short list of what may be shown, never the host's root minus what must not be.

import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs"
import { type CoveredFile, ROOTS_FOLDER, readSystemTrust } from "./system-trust.ts"

export interface SystemRoot {
  /** `/bin` -> `usr/bin` and the like, as on the host. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
  /** Host paths shown read-only at the same place, parents first. */
  readonly binds: readonly string[]
  /** Files among these that the run's own roots cover. */
  readonly covered: readonly CoveredFile[]
}

const TOP_FOLDERS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]

// Trust stores, the loader's cache, the time zone, tables of names. No account, no key, no
// configuration of the host's own programs.
const ETC_ENTRIES = [
  "/etc/alternatives",
  "/etc/ca-certificates/extracted",
  "/etc/debian_version",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/localtime",
  // How Maven starts and what it logs; its settings may hold passwords.
  "/etc/maven/logging",
  "/etc/maven/m2.conf",
  "/etc/mime.types",
  "/etc/os-release",
  "/etc/pki/ca-trust/extracted",
  "/etc/pki/tls/certs",
  "/etc/protocols",
  "/etc/services",
  "/etc/ssl/cert.pem",
  "/etc/ssl/openssl.cnf",
  "/etc/terminfo",
  "/etc/timezone",
]

/** Debian's Java has its settings here, and starts without them only to find that it trusts nobody. */
const JAVA_SETTINGS = /^java-\d+-openjdk$/

let found: SystemRoot | undefined

export function findSystemRoot(): SystemRoot {
  found ??= readSystemRoot()
  return found
}

function readSystemRoot(): SystemRoot {
  const top = TOP_FOLDERS.filter((path) => existsSync(path))
  const linked = top.filter((path) => lstatSync(path).isSymbolicLink())
  const trust = readSystemTrust()
  // Debian's folder of roots is rebuilt; where it is a link, it is shown as it is.
  const roots = trust.links.length === 0 ? [ROOTS_FOLDER] : []
  const etc = [...ETC_ENTRIES, ...roots, ...javaSettings()].filter((path) => existsSync(path))
  return {
    links: [...linked.map((path) => ({ path, target: readlinkSync(path) })), ...trust.links],
    binds: ["/usr", ...top.filter((path) => !linked.includes(path)), ...etc, ...trust.binds],
    covered: trust.covered,
  }
}

function javaSettings(): readonly string[] {
  return readdirSync("/etc").flatMap((name) => (JAVA_SETTINGS.test(name) ? [`/etc/${name}`] : []))
}
