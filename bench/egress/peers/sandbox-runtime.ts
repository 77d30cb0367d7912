// The proxy of @anthropic-ai/sandbox-runtime as its own manager starts it, ending TLS. Prints
// `{port, token, ca}` when it listens.
//
//   NODE_EXTRA_CA_CERTS=<upstream ca.pem> bun sandbox-runtime.ts <host> <folder of the package>

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Manager {
  initialize(config: object): Promise<void>
  getProxyPort(): number | undefined
  getProxyAuthToken(): string | undefined
}

const [host = "", folder = ".", caCert = "", caKey = ""] = Bun.argv.slice(2)
const found: { readonly SandboxManager: Manager } = await import(
  Bun.resolveSync("@anthropic-ai/sandbox-runtime", folder)
)
const { SandboxManager } = found
const ca = mkdtempSync(join(tmpdir(), "bench-srt-"))
const [caCertPath, caKeyPath] = [join(ca, "ca.pem"), join(ca, "key.pem")]
writeFileSync(caCertPath, readFileSync(caCert))
writeFileSync(caKeyPath, readFileSync(caKey), { mode: 0o600 })
await SandboxManager.initialize({
  // It refuses loopback addresses, as it should, unless they are listed as well.
  network: { allowedDomains: [host, "127.0.0.1"], deniedDomains: [], tlsTerminate: { caCertPath, caKeyPath } },
  filesystem: { denyRead: [], allowWrite: ["."], denyWrite: [] },
})
const port = SandboxManager.getProxyPort()
if (port === undefined) throw new Error("sandbox-runtime started no proxy")
console.log(JSON.stringify({ port, token: SandboxManager.getProxyAuthToken() ?? "" }))
