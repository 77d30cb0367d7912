// Writes the two kinds of certificate a run needs: its own CA, and a leaf for one host.
//
// A fixed profile, P-256 and SHA-256, with what strict verifiers (OpenSSL 3, Go, Python 3.13,
// rustls) ask for: critical basic constraints and key usage, key identifiers, a subject
// alternative name. Written by hand because the usual library costs 100 ms to import and
// 2 ms a leaf (docs/decisions/0002-certificates-by-hand.md).

import { createHash, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIP, isIPv4 } from "node:net"
import {
  bits,
  boolean,
  context,
  type Der,
  integer,
  octets,
  oid,
  pem,
  publicKeyInfo,
  sequence,
  set,
  time,
  utf8,
} from "./der.ts"

export interface Issuer {
  readonly name: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export interface Validity {
  readonly fromMs: number
  readonly toMs: number
}

/** A self-signed CA that may sign leaves and nothing below them, as PEM. */
export function mintCa(issuer: Issuer, validity: Validity): string {
  return certificate(issuer, issuer.name, issuer.publicKey, validity, [
    extension("2.5.29.19", "critical", sequence(boolean("true"), integer(Uint8Array.of(0)))),
    // keyCertSign (5) and cRLSign (6).
    extension("2.5.29.15", "critical", bits(Uint8Array.of(0x06), 1)),
    subjectKeyId(issuer.publicKey),
  ])
}

/** A server certificate for one canonical name or address, as PEM. */
export function mintLeaf(issuer: Issuer, host: string, publicKey: KeyObject, validity: Validity): string {
  const altName =
    isIP(host) === 0 ? context(2, "primitive", new TextEncoder().encode(host)) : context(7, "primitive", octetsOf(host))

  return certificate(issuer, host.length <= MAX_COMMON_NAME ? host : "bot-bottle", publicKey, validity, [
    extension("2.5.29.19", "critical", sequence()),
    // digitalSignature (0): all that TLS 1.3 and ECDHE need.
    extension("2.5.29.15", "critical", bits(Uint8Array.of(0x80), 7)),
    extension("2.5.29.37", "optional", sequence(oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", "optional", sequence(altName)),
    subjectKeyId(publicKey),
    extension("2.5.29.35", "optional", sequence(context(0, "primitive", keyId(issuer.publicKey)))),
  ])
}

/** An address in network order, as a subject alternative name has it. */
function octetsOf(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number)
  const [before = "", after] = address.split("::")
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)))
  const [first, last] = [groups(before), groups(after ?? "")]
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]))
}

// RFC 5280's upper bound; OpenSSL refuses to build longer ones, some verifiers to read them.
const MAX_COMMON_NAME = 64

function certificate(
  issuer: Issuer,
  name: string,
  key: KeyObject,
  validity: Validity,
  extensions: readonly Der[],
): string {
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40

  const toBeSigned = sequence(
    context(0, "constructed", integer(Uint8Array.of(2))),
    integer(serial),
    algorithm,
    commonName(issuer.name),
    sequence(time(validity.fromMs), time(validity.toMs)),
    commonName(name),
    publicKeyInfo(key),
    context(3, "constructed", sequence(...extensions)),
  )
  const signature = sign("sha256", toBeSigned, issuer.privateKey)
  return pem("CERTIFICATE", sequence(toBeSigned, algorithm, bits(signature)))
}

function commonName(text: string): Der {
  return sequence(set(sequence(oid("2.5.4.3"), utf8(text.slice(0, MAX_COMMON_NAME)))))
}

function extension(id: string, weight: "critical" | "optional", value: Der): Der {
  return weight === "critical" ? sequence(oid(id), boolean("true"), octets(value)) : sequence(oid(id), octets(value))
}

function subjectKeyId(key: KeyObject): Der {
  return extension("2.5.29.14", "optional", octets(keyId(key)))
}

function keyId(key: KeyObject): Uint8Array {
  return createHash("sha1").update(publicKeyInfo(key)).digest()
}
