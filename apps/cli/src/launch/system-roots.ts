// Finds the host's trusted roots as PEM text: the bottle's CA bundle is these plus the run's own.

import { existsSync, readFileSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"

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

export function readUpstreamCa(path: string): string {
  const problem = (what: string, cause?: unknown) =>
    new OperatorProblem(`upstream_ca '${path}' ${what}`, { hint: "fix upstream_ca in settings.yml", cause })
  let pem: string
  try {
    pem = readFileSync(path, "utf8")
  } catch (cause) {
    throw problem("cannot be read", cause)
  }
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw problem("holds no PEM certificate")
  return pem
}
