// Finds where this system keeps the roots that its programs trust, so that the bottle shows the
// run's own there. Programs without our variables then trust the run's CA, and so do those that
// name the file.
//
// Debian's folder of roots is rebuilt link by link, because OpenSSL looks up an issuer in it by a
// file name that is the run's. A bundle elsewhere is covered by the run's file.

import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs"
import { posix } from "node:path"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import { GUEST } from "../../plan.ts"

export interface SystemTrust {
  /** In place of `ROOTS_FOLDER`; empty when the system has none. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
  /** Further files of that folder, shown as they are. */
  readonly binds: readonly string[]
  /** Regular files that the run's own cover. */
  readonly covered: readonly CoveredFile[]
}

export interface CoveredFile {
  readonly path: string
  readonly kind: TrustKind
}

/** The run's bundle as PEM, or as a Java key store. */
export type TrustKind = "bundle" | "java"

export const ROOTS_FOLDER = "/etc/ssl/certs"

const RUN_BUNDLE = `${GUEST.share}/${GUEST_SHARE_FILES.caBundle}`
const RUN_JAVA_TRUST = `${GUEST.share}/${GUEST_SHARE_FILES.javaTrust}`

const BUNDLES = [
  "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/cert.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/lib/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
]
const JAVA_STORES = ["/etc/pki/ca-trust/extracted/java/cacerts", "/etc/pki/java/cacerts"]

/** Python keeps a bundle of its own beside many a library. */
const PYTHON_FOLDERS = ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
const CERTIFI = ["certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem"]
const JVM_FOLDERS = ["/usr/lib/jvm", "/usr/lib64/jvm", "/usr/local/lib/jvm", "/usr/java", "/usr/local"]
const JVM_STORES = ["lib/security/cacerts", "jre/lib/security/cacerts"]

export function readSystemTrust(): SystemTrust {
  const covered = new Map<string, TrustKind>()
  const cover = (path: string, kind: TrustKind): void => {
    const real = realFile(path)
    // The folder of links shows the run's file already.
    if (real !== undefined && !real.startsWith(`${ROOTS_FOLDER}/`)) covered.set(real, kind)
  }
  for (const path of [...BUNDLES, ...certifiBundles()]) cover(path, "bundle")
  for (const path of [...JAVA_STORES, ...jvmStores()]) cover(path, "java")
  return {
    ...readRootsFolder(),
    covered: [...covered].map(([path, kind]) => ({ path, kind })).sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

function readRootsFolder(): Pick<SystemTrust, "links" | "binds"> {
  // A link to another folder is shown as it is; the files there are covered.
  if (lstatSync(ROOTS_FOLDER, { throwIfNoEntry: false })?.isDirectory() !== true) return { links: [], binds: [] }
  const links: { path: string; target: string }[] = []
  const binds: string[] = []
  for (const entry of readdirSync(ROOTS_FOLDER, { withFileTypes: true })) {
    const path = `${ROOTS_FOLDER}/${entry.name}`
    if (entry.name === "ca-certificates.crt") links.push({ path, target: RUN_BUNDLE })
    else if (entry.name === "java") links.push({ path: `${path}/cacerts`, target: RUN_JAVA_TRUST })
    else if (entry.isSymbolicLink()) links.push({ path, target: readlinkSync(path) })
    else binds.push(path)
  }
  return { links, binds }
}

function certifiBundles(): readonly string[] {
  return PYTHON_FOLDERS.flatMap((folder) =>
    listFolder(folder)
      .filter((name) => name.startsWith("python3"))
      .flatMap((name) => ["dist-packages", "site-packages"].map((packages) => posix.join(folder, name, packages))),
  ).flatMap((packages) => CERTIFI.map((file) => posix.join(packages, file)))
}

function jvmStores(): readonly string[] {
  return JVM_FOLDERS.flatMap((folder) =>
    listFolder(folder).flatMap((name) => JVM_STORES.map((store) => posix.join(folder, name, store))),
  )
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    // Not on this system.
    return []
  }
}

/** Undefined when there is no such file, or none that a bottle shows. */
function realFile(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return statSync(real).isFile() && /^\/(?:usr|etc)\//.test(real) ? real : undefined
  } catch {
    // Not on this system, or a link that leads nowhere.
    return undefined
  }
}
