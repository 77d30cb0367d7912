// One run's certificate authority: the bottle trusts it, nothing else does.
//
//   INV-52  Its private key and the leaves' exist in this process's memory only: made here,
//           never written, never the same for two runs.

import { generateKeyPairSync } from "node:crypto"
import { runCaName } from "@bot-bottle/contracts"
import { type Issuer, mintCa, mintLeaf, type Validity } from "./certificate.ts"

export interface RunCa {
  readonly certificatePem: string
  /** A fresh server certificate for `host`, and the key it goes with. */
  mint(host: string): ServerIdentity
}

export interface ServerIdentity {
  readonly cert: string
  readonly key: string
}

const DAY_MS = 86_400_000

export function createRunCa({ slug, nowMs }: { readonly slug: string; readonly nowMs: number }): RunCa {
  const issuer: Issuer = { name: runCaName(slug), ...generateKeyPairSync("ec", { namedCurve: "P-256" }) }
  // One key for every leaf: what tells hosts apart is the name in the certificate.
  const leaf = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const key = leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const validity: Validity = { fromMs: nowMs - DAY_MS, toMs: nowMs + 365 * DAY_MS }

  return {
    certificatePem: mintCa(issuer, validity),
    mint: (host) => ({ cert: mintLeaf(issuer, host, leaf.publicKey, validity), key }),
  }
}
