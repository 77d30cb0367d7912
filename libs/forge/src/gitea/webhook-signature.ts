// Whether a webhook's body was signed with our secret.
//
//   INV-202  A delivery acts only when its body carries the right HMAC-SHA256, compared in
//            constant time. No secret means no delivery acts.

import { createHmac, timingSafeEqual } from "node:crypto"
import type { Secret } from "@bot-bottle/contracts"

/** `signature` as `X-Gitea-Signature` carries it: 64 hexadecimal digits. */
export function isSignedBy(secret: Secret, body: Uint8Array, signature: string | undefined): boolean {
  if (secret.reveal() === "" || signature === undefined || !/^[0-9a-f]{64}$/.test(signature)) return false
  const expected = createHmac("sha256", secret.reveal()).update(body).digest()
  return timingSafeEqual(expected, Buffer.from(signature, "hex"))
}
