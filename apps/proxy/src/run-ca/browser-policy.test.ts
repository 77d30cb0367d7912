import { expect, test } from "bun:test"
import { X509Certificate } from "node:crypto"
import { createTestCa } from "../testing/index.ts"
import { writeBrowserPolicy } from "./browser-policy.ts"

test("writeBrowserPolicy names the CA and nothing else, as one certificate in base64", () => {
  const { pem } = createTestCa("one")
  const { CACertificates: certificates, ...rest } = JSON.parse(writeBrowserPolicy(pem))
  expect(rest).toEqual({})
  expect(certificates.map((der: string) => new X509Certificate(Buffer.from(der, "base64")).fingerprint256)).toEqual([
    new X509Certificate(pem).fingerprint256,
  ])
})
