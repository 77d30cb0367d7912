import { expect, test } from "bun:test"
import { X509Certificate } from "node:crypto"
import { createRunCa } from "./run-ca.ts"

const NOW_MS = Date.UTC(2026, 10, 22)
const ca = createRunCa({ slug: "implementer-abc12", nowMs: NOW_MS })
const LONG_NAME = `${"a".repeat(60)}.${"b".repeat(60)}.example.com`

test.each(["api.example.com", "xn--bcher-kva.example", LONG_NAME])(
  "a leaf for %s is good for that name and no other",
  (host) => {
    const leaf = new X509Certificate(ca.mint(host).cert)
    const root = new X509Certificate(ca.certificatePem)
    expect({
      itself: leaf.checkHost(host),
      other: leaf.checkHost(`x.${host}`),
      issued: leaf.checkIssued(root),
      signed: leaf.verify(root.publicKey),
      isCa: leaf.ca,
    }).toEqual({ itself: host, other: undefined, issued: true, signed: true, isCa: false })
  },
)

test("the CA signs itself, is one, and lasts a year", () => {
  const root = new X509Certificate(ca.certificatePem)
  expect({
    subject: root.subject,
    self: root.verify(root.publicKey),
    isCa: root.ca,
    from: new Date(root.validFrom).toISOString(),
    to: new Date(root.validTo).toISOString(),
  }).toEqual({
    subject: "CN=bot-bottle run implementer-abc12",
    self: true,
    isCa: true,
    from: "2026-11-21T00:00:00.000Z",
    to: "2027-11-22T00:00:00.000Z",
  })
})

test("two runs share no key and no serial number", () => {
  const other = createRunCa({ slug: "implementer-abc12", nowMs: NOW_MS })
  const [mine, theirs] = [ca, other].map(({ certificatePem }) => new X509Certificate(certificatePem))
  expect(mine!.verify(theirs!.publicKey)).toBe(false)
  expect(mine!.serialNumber).not.toBe(theirs!.serialNumber)
  expect(new X509Certificate(ca.mint("a.example").cert).serialNumber).not.toBe(
    new X509Certificate(ca.mint("a.example").cert).serialNumber,
  )
})

test.skipIf(Bun.which("openssl") === null)("OpenSSL's strict profile accepts the chain", async () => {
  const folder = await Bun.$`mktemp -d`.text().then((text) => text.trim())
  await Bun.write(`${folder}/ca.pem`, ca.certificatePem)
  await Bun.write(`${folder}/leaf.pem`, ca.mint(LONG_NAME).cert)
  const argv = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", LONG_NAME]
  const times = ["-attime", String(NOW_MS / 1000)]
  const run = Bun.spawnSync([...argv, ...times, "-CAfile", `${folder}/ca.pem`, `${folder}/leaf.pem`])
  await Bun.$`rm -r ${folder}`
  expect(run.stdout.toString() + run.stderr.toString()).toBe(`${folder}/leaf.pem: OK\n`)
})
