// Finds the host's trusted roots as PEM text: the bottle's CA bundle is these plus the run's own.

import { X509Certificate } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { Settings } from "@bot-bottle/manifest"

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

const PLACES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const

/** Empty when the host has none: tools in the bottle then trust the run's CA alone, which is all they meet. */
export function readSystemRoots(): string {
  const place = PLACES.find((path) => existsSync(path))
  return place === undefined ? "" : readFileSync(place, "utf8")
}

/** The roots that a forge's certificate may end in: the host's and `upstream_ca`. */
export function readForgeRoots(settings: Pick<Settings, "upstreamCa" | "origins">): string {
  const own = readUpstreamCa(settings)
  const system = readSystemRoots()
  // A private CA alone would shut out every public forge.
  return own === undefined ? system : [system === "" ? readBuiltInRoots() : system, own].join("\n")
}

/** Not imported above: every launch would load all of TLS for a host that has no roots of its own. */
function readBuiltInRoots(): string {
  return process.getBuiltinModule("node:tls").rootCertificates.join("\n")
}

/** Reads the file that `upstream_ca` names. Undefined without that setting. */
export function readUpstreamCa({ upstreamCa: path, origins }: Pick<Settings, "upstreamCa" | "origins">) {
  if (path === undefined) return undefined
  const at = origins["upstream_ca"] ?? "settings.yml"
  const problem = (what: string, cause?: unknown) =>
    new OperatorProblem(`${at}: upstream_ca '${path}' ${what}`, { hint: "fix upstream_ca in settings.yml", cause })
  let pem: string
  try {
    pem = readFileSync(path, "utf8")
  } catch (cause) {
    throw problem("cannot be read", cause)
  }
  const certificates = pem.match(CERTIFICATE) ?? []
  if (certificates.length === 0) throw problem("holds no PEM certificate")
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (cause) {
      throw problem(`has an unreadable certificate, number ${index + 1} in the file`, cause)
    }
  }
  return pem
}
