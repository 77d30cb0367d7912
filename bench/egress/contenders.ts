// Starts what our proxy is compared with and the proxy itself, each as its own process, set up to do the
// same work: terminate TLS, verify the upstream, forward. Other products: peer-contenders.ts.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type CredentialedRoute, type Route, Secret } from "@bot-bottle/contracts"
import { mintServerCertificate, type ServerCertificate } from "@bot-bottle/stand-in"
import type { Way } from "./client.ts"
import { startProxy } from "./proxy.ts"

/** Two names of the one upstream: peers must resolve theirs, ours is told where it is. */
export const HOSTS = { ours: "bench.test", theirs: "localhost" } as const

export interface Contender extends AsyncDisposable {
  readonly name: string
  readonly way: Way
  /** Absent for the direct way. */
  readonly pid?: number
  /** From the start of its process until it takes connections. */
  readonly startMs?: number
}

export interface Upstream {
  readonly port: number
  readonly certificate: ServerCertificate
}

export function direct(upstream: Upstream): Contender {
  return {
    name: "direct",
    way: {
      host: HOSTS.theirs,
      upstreamPort: upstream.port,
      connectPort: upstream.port,
      ca: [upstream.certificate.caPem],
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

/**
 * `everything`: a credential to inject and to scrub, another to search for, path rules, every request logged. `metered`:
 * what a model answers is read, reserved and settled.
 */
export async function botBottle(
  upstream: Upstream,
  work: "plain" | "everything" | "metered" = "plain",
): Promise<Contender> {
  const proxy = await startProxy({
    routes: ROUTES[work],
    logLevel: work === "everything" ? 2 : 1,
    resolve: { [HOSTS.ours]: `127.0.0.1:${upstream.port}` },
    upstreamCa: upstream.certificate.caPem,
  })
  return {
    name: { plain: "bot-bottle", everything: "all on", metered: "metered" }[work],
    pid: proxy.pid,
    startMs: proxy.startMs,
    way: {
      host: HOSTS.ours,
      upstreamPort: upstream.port,
      connectPort: 443,
      ca: [proxy.caPem],
      proxy: { unix: proxy.socket },
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

/** The floor: TLS ended on both sides, nothing read. */
export async function tlsRelay(upstream: Upstream): Promise<Contender> {
  const folder = await mkdtemp(join(tmpdir(), "bench-relay-"))
  const own = await mintServerCertificate([HOSTS.theirs])
  const files = { cert: own.chainPem, key: own.keyPem, ca: upstream.certificate.caPem }
  for (const [name, text] of Object.entries(files)) await Bun.write(join(folder, name), text)
  const port = freePort()
  const paths = ["cert", "key", "ca"].map((name) => join(folder, name))
  const startedAt = performance.now()
  const proxy = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "peers/tls-relay.ts"),
      String(port),
      String(upstream.port),
      HOSTS.theirs,
      ...paths,
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "inherit" },
  )
  await accepts(port)
  return {
    name: "tls-relay",
    pid: proxy.pid,
    startMs: performance.now() - startedAt,
    way: {
      host: HOSTS.theirs,
      upstreamPort: upstream.port,
      connectPort: upstream.port,
      ca: [own.caPem],
      proxy: { port },
    },
    [Symbol.asyncDispose]: async () => {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function route(host: string): Route {
  return { host, port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every", origin: "bench" }
}

const EVERYTHING: readonly CredentialedRoute[] = [
  {
    ...route(HOSTS.ours),
    matches: [{ methods: "every", paths: [{ type: "prefix", value: "/" }], headers: [] }],
    injection: { header: "authorization", template: "Bearer {secret}" },
    secret: new Secret("sk-bench-Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5"),
  },
  {
    ...route("other.test"),
    injection: { header: "x-api-key", template: "{secret}" },
    secret: new Secret("sk-other-Zt3Vw6Xy1Bn4Mc7Lp0Rs5Kq8"),
  },
]

const ROUTES: Readonly<Record<"plain" | "everything" | "metered", readonly CredentialedRoute[]>> = {
  plain: [route(HOSTS.ours)],
  everything: EVERYTHING,
  metered: [{ ...route(HOSTS.ours), metering: { provider: "claude", api: "anthropic-messages" } }],
}

export function freePort(): number {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  return server.port
}

export async function accepts(port: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await Bun.sleep(1)) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } })
      socket.end()
      return
    } catch {
      // Not listening yet.
    }
  }
  throw new Error(`Nothing listens on port ${port}`)
}
