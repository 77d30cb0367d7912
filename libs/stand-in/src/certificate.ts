// Mints the stand-in's CA and the one certificate it serves. P-256 and SHA-256, a day long.
// The CA's private key is dropped when this returns: nobody can sign with it again.

export interface ServerCertificate {
  readonly caPem: string
  /** Leaf, then CA. */
  readonly chainPem: string
  readonly keyPem: string
}

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const
const DAY_MS = 86_400_000

/** `endsAt` in the past gives a certificate that has expired. */
export async function mintServerCertificate(
  hosts: readonly string[],
  endsAt: Date = new Date(Date.now() + DAY_MS),
): Promise<ServerCertificate> {
  const x509 = await loadX509()
  const caKeys = await generateKeys()
  const leafKeys = await generateKeys()
  const validity = { notBefore: new Date(endsAt.getTime() - 2 * DAY_MS), notAfter: endsAt }

  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: "CN=bot-bottle stand-in CA",
    ...validity,
    keys: caKeys,
    signingAlgorithm: P256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: "CN=bot-bottle stand-in",
    issuer: ca.subject,
    ...validity,
    publicKey: leafKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: P256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...hosts.map((value) => ({ type: "dns", value }) as const),
        { type: "ip", value: "127.0.0.1" },
      ]),
      await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })

  const caPem = `${ca.toString("pem")}\n`
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey)
  return {
    caPem,
    chainPem: `${leaf.toString("pem")}\n${caPem}`,
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  }
}

/** Takes 100 ms, which a command that merely knows the stand-in must not pay at its start. */
async function loadX509() {
  await import("reflect-metadata")
  return import("@peculiar/x509")
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(P256, true, ["sign", "verify"])
}

/** 16 random bytes; the first is kept positive and not zero, as DER wants it. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return bytes.toHex()
}
