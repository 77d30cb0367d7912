// A host on loopback with certificates of its own CA: what the proxy forwards to in tests
// that need no provider.

import { generateKeyPairSync, sign } from "node:crypto"
import { type Issuer, mintCa, mintLeaf, type Validity } from "../run-ca/certificate.ts"
import { bits, integer, oid, pem, publicKeyInfo, sequence, set, time, utf8 } from "../run-ca/der.ts"

const DAY_MS = 86_400_000

export interface TestCa {
  readonly pem: string
  mint(host: string, validity?: Validity): { readonly cert: string; readonly key: string }
  /** With the name as its common name alone, as certificates were until the year 2000. */
  mintCommonName(host: string): { readonly cert: string; readonly key: string }
}

export function createTestCa(name = "test CA"): TestCa {
  const issuer: Issuer = { name, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) }
  const current = { fromMs: Date.now() - DAY_MS, toMs: Date.now() + DAY_MS }
  return {
    pem: mintCa(issuer, { fromMs: Date.now() - 10 * DAY_MS, toMs: Date.now() + DAY_MS }),
    mint(host, validity = current) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
      return {
        cert: mintLeaf(issuer, host, publicKey, validity),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      }
    },
    mintCommonName(host) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
      const named = (text: string) => sequence(set(sequence(oid("2.5.4.3"), utf8(text))))
      const algorithm = sequence(oid("1.2.840.10045.4.3.2"))
      const { fromMs, toMs } = current
      const content = sequence(
        integer(Uint8Array.of(7)),
        algorithm,
        named(issuer.name),
        sequence(time(fromMs), time(toMs)),
        named(host),
        publicKeyInfo(publicKey),
      )
      const cert = pem("CERTIFICATE", sequence(content, algorithm, bits(sign("sha256", content, issuer.privateKey))))
      return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() }
    },
  }
}

export interface SeenRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Upstream extends AsyncDisposable {
  readonly address: string
  readonly caPem: string
  readonly seen: readonly SeenRequest[]
}

export interface UpstreamOptions {
  readonly host?: string
  readonly ca?: TestCa
  readonly validity?: Validity
  /** Plain HTTP instead. */
  readonly scheme?: "https" | "http"
  readonly answer?: (request: Request) => Response | Promise<Response>
}

export function startUpstream(options: UpstreamOptions = {}): Upstream {
  const { host = "api.example.com", ca = createTestCa(), validity, scheme = "https" } = options
  const { answer = () => new Response("hello") } = options
  const seen: SeenRequest[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    ...(scheme === "https" ? { tls: ca.mint(host, validity) } : {}),
    fetch(request) {
      const url = request.url
      seen.push({ method: request.method, target: url.slice(url.indexOf("/", 8)), headers: request.headers.toJSON() })
      return answer(request)
    },
  })
  return {
    address: `127.0.0.1:${server.port}`,
    caPem: ca.pem,
    seen,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
