// A bundle of certificates as the file that Java reads its trust from: it knows no PEM.
//
// The old key store format, which every Java reads whatever it is told of types and passwords;
// its checksum is Java's own convention, not a secret. Pure.

import { createHash } from "node:crypto"

const MAGIC = 0xfeedfeed
const VERSION = 2
const TRUSTED_CERTIFICATE = 2
/** The password of Java's own trust store, which its tools try first. */
const PASSWORD = "changeit"
const SEAL = "Mighty Aphrodite"

const BEGIN = "-----BEGIN CERTIFICATE-----"
const END = "-----END CERTIFICATE-----"

/** Texts around the certificates are left out. */
export function writeJavaTrust(pem: string): Buffer {
  const certificates = pem
    .split(BEGIN)
    .slice(1)
    .map((part) => Buffer.from(part.slice(0, part.indexOf(END)), "base64"))
  const entries = certificates.flatMap((certificate, index) => [
    uint32(TRUSTED_CERTIFICATE),
    text(`ca-${index}`),
    // When it was added: nobody asks.
    Buffer.alloc(8),
    text("X.509"),
    uint32(certificate.length),
    certificate,
  ])
  const store = Buffer.concat([uint32(MAGIC), uint32(VERSION), uint32(certificates.length), ...entries])
  const password = Buffer.from(PASSWORD, "utf16le").swap16()
  return Buffer.concat([store, createHash("sha1").update(password).update(SEAL).update(store).digest()])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
