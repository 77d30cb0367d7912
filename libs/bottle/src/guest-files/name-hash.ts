// The file name under which OpenSSL looks for an issuer in a folder of roots: a hash of its name.
//
// Only names of one common name, which is what a run's CA has. Pure.

import { createHash } from "node:crypto"

const COMMON_NAME_OID = [0x06, 0x03, 0x55, 0x04, 0x03]
const UTF8_STRING = 0x0c
const SEQUENCE = 0x30
const SET = 0x31

/** `3a1b2c3d`, as `openssl x509 -subject_hash` prints it. */
export function opensslNameHash(commonName: string): string {
  // OpenSSL compares names without regard to case and to repeated spaces (x509/x_name.c).
  const canonical = Buffer.from(commonName.trim().replace(/\s+/g, " ").toLowerCase())
  const attribute = tagged(SEQUENCE, [...COMMON_NAME_OID, ...tagged(UTF8_STRING, canonical)])
  const digest = createHash("sha1")
    .update(Uint8Array.from(tagged(SET, attribute)))
    .digest()
  return digest.readUInt32LE(0).toString(16).padStart(8, "0")
}

/** One DER value, short as a common name is. */
function tagged(tag: number, content: Iterable<number>): readonly number[] {
  const bytes = [...content]
  if (bytes.length > 0x7f) throw new RangeError("the name is too long for a common name")
  return [tag, bytes.length, ...bytes]
}
