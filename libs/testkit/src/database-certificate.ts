// A certificate for a database of the tests' own, of an authority that its clients are told of.

import { chmodSync, chownSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { UNPRIVILEGED_ID } from "./unprivileged.ts"

export interface DatabaseCertificate {
  /** For `sslrootcert`. */
  readonly authority: string
  /** Another authority, which has signed nothing. */
  readonly stranger: string
  /** Settings for `startCluster`. */
  readonly serverSettings: Readonly<Record<string, string>>
}

export interface CertificateOptions {
  /** Exists. The database's own user must be able to enter it. */
  readonly folder: string
  /** As `DNS:localhost` or `IP:198.18.0.1`. */
  readonly name: string
  /** Before each call of openssl, for a clock that is off. */
  readonly prefix?: readonly string[]
}

const DAYS = "4"
const NEW_KEY = ["-newkey", "rsa:2048", "-nodes"]

/** Throws with openssl's own words. */
export function makeDatabaseCertificate({ folder, name, prefix = [] }: CertificateOptions): DatabaseCertificate {
  const openssl = (...words: readonly string[]) => {
    const { exitCode, stderr } = Bun.spawnSync([...prefix, "openssl", ...words], { cwd: folder, stderr: "pipe" })
    if (exitCode !== 0) throw new Error(`openssl ${words[0]}: ${stderr.toString().trim()}`)
  }
  for (const own of ["authority", "stranger"]) {
    const files = ["-keyout", `${own}.key`, "-out", `${own}.pem`]
    openssl("req", "-x509", ...NEW_KEY, "-days", DAYS, "-subj", `/CN=the ${own}`, ...files)
  }
  openssl("req", ...NEW_KEY, "-subj", "/CN=the database", "-keyout", "server.key", "-out", "server.csr")
  writeFileSync(join(folder, "names"), `subjectAltName=${name}\n`)
  const signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names"]
  openssl("x509", "-req", "-in", "server.csr", ...signed, "-days", DAYS, "-out", "server.pem")

  const key = join(folder, "server.key")
  chmodSync(key, 0o600)
  if (process.getuid?.() === 0) chownSync(key, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  return {
    authority: join(folder, "authority.pem"),
    stranger: join(folder, "stranger.pem"),
    serverSettings: { ssl: "on", ssl_cert_file: join(folder, "server.pem"), ssl_key_file: key },
  }
}
