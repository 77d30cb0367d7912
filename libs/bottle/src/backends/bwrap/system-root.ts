// Looks at the host for the parts of its system that a bottle sees read-only.
//
// A short list of what may be shown, never the host's root minus what must not be.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { posix } from "node:path"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import { BROWSER_POLICY_FILES } from "../../guest-files/browser-policies.ts"
import { GUEST } from "../../plan.ts"
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

// Settings of programs in /usr that do not start without them, or work as if half installed. Shown only
// where every user may read them: what an administrator closed is not for a bottle.
const PROGRAM_SETTINGS = [
  "/etc/ImageMagick-6",
  "/etc/ImageMagick-7",
  "/etc/R",
  "/etc/ant",
  "/etc/chromium.d",
  "/etc/dictionaries-common",
  "/etc/fonts",
  "/etc/ghc",
  "/etc/X11/rgb.txt",
  "/etc/glvnd",
  "/etc/groff",
  "/etc/groovy",
  "/etc/ld.so.conf.d",
  "/etc/locale.alias",
  "/etc/lsb-release",
  "/etc/magic",
  "/etc/magic.mime",
  "/etc/maven",
  "/etc/perl",
  "/etc/php",
  "/etc/sgml",
  "/etc/texmf",
  "/etc/vulkan",
  "/etc/xml",
]
const PYTHON_SETTINGS = /^python\d(?:\.\d+)?$/

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
  const etc = [...ETC_ENTRIES, ...roots, ...namesInEtc(JAVA_SETTINGS), ...programSettings()].filter((path) =>
    existsSync(path),
  )
  const browsers = browserSettings()
  return {
    links: [...browsers.links, ...linked.map((path) => ({ path, target: readlinkSync(path) })), ...trust.links],
    binds: ["/usr", ...top.filter((path) => !linked.includes(path)), ...etc, ...browsers.binds, ...trust.binds],
    covered: trust.covered,
  }
}

function namesInEtc(pattern: RegExp): readonly string[] {
  return readdirSync("/etc").flatMap((name) => (pattern.test(name) ? [`/etc/${name}`] : []))
}

function programSettings(): readonly string[] {
  return [...PROGRAM_SETTINGS, ...namesInEtc(PYTHON_SETTINGS)].filter(
    (path) => isOpenToAll(path) && !holdsPassword(path),
  )
}

/**
 * A browser's folder, rebuilt: the host's own settings and policies, and beside them the run's policy, which the proxy
 * writes.
 */
function browserSettings(): Pick<SystemRoot, "links" | "binds"> {
  const target = `${GUEST.share}/${GUEST_SHARE_FILES.browserPolicy}`
  const children = (folder: string) => namesIn(folder).map((name) => posix.join(folder, name))
  const binds = BROWSER_POLICY_FILES.flatMap((file) => {
    const managed = posix.dirname(file)
    const policies = posix.dirname(managed)
    const besides = [policies, managed]
    const shown = [...children(posix.dirname(policies)), ...children(policies), ...children(managed)]
    return shown.filter((path) => !besides.includes(path) && path !== file && isOpenToAll(path))
  })
  return { links: BROWSER_POLICY_FILES.map((path) => ({ path, target })), binds }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // no such browser
  }
}

function isOpenToAll(path: string): boolean {
  return ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0
}

/** Maven's settings may name a repository's password, whoever may read them. */
function holdsPassword(path: string): boolean {
  if (path !== "/etc/maven") return false
  try {
    return namesPassword(readFileSync(`${path}/settings.xml`, "utf8"))
  } catch {
    return false // there are none
  }
}

/** In Maven's settings, outside of comments: the file that Maven brings explains passwords in them. */
export function namesPassword(settings: string): boolean {
  return /<(?:password|passphrase|privateKey)>/.test(settings.replace(/<!--.*?-->/gs, ""))
}

/**
 * The folders of the host's search path that a bottle shows as well: tools that a system keeps beside the usual
 * places.
 */
export function shownSearchPath(path: string): readonly string[] {
  return path.split(":").filter((entry) => entry.startsWith("/usr/") && existsSync(entry))
}
