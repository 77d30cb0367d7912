// Starts haproxy as a relay of bytes: it ends TLS on both sides and reads nothing. It shows how much
// of a delay belongs to the second hop itself, in native code of long standing.
//
// It takes no CONNECT: clients speak to it as to the upstream.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mintServerCertificate } from "@bot-bottle/stand-in"
import { accepts, type Contender, freePort, HOSTS, type Upstream } from "./contenders.ts"

/** Undefined when haproxy is not installed (Debian: `apt-get install haproxy`). */
export async function haproxy(upstream: Upstream): Promise<Contender | undefined> {
  const program = Bun.which("haproxy", { PATH: "/usr/sbin:/usr/bin" })
  if (program === null) return undefined
  const folder = await mkdtemp(join(tmpdir(), "bench-haproxy-"))
  const own = await mintServerCertificate([HOSTS.theirs])
  const [identity, roots, file] = ["identity.pem", "roots.pem", "haproxy.cfg"].map((name) => join(folder, name))
  await Bun.write(identity ?? "", `${own.chainPem}\n${own.keyPem}`)
  await Bun.write(roots ?? "", upstream.certificate.caPem)
  const port = freePort()
  const settings = [
    "global",
    " nbthread 1",
    " maxconn 4096",
    "defaults",
    " mode tcp",
    " timeout connect 5s",
    " timeout client 1h",
    " timeout server 1h",
    "listen relay",
    ` bind 127.0.0.1:${port} ssl crt ${identity} alpn http/1.1`,
    ` server upstream 127.0.0.1:${upstream.port} ssl verify required ca-file ${roots} sni str(${HOSTS.theirs}) alpn http/1.1`,
  ]
  await Bun.write(file ?? "", settings.map((line) => `${line}\n`).join(""))
  const startedAt = performance.now()
  const proxy = Bun.spawn([program, "-db", "-f", file ?? ""], { stdin: "ignore", stdout: "ignore", stderr: "ignore" })
  await accepts(port)
  return {
    name: "haproxy",
    pid: proxy.pid,
    startMs: performance.now() - startedAt,
    way: { host: HOSTS.theirs, upstreamPort: port, connectPort: port, ca: [own.caPem] },
    [Symbol.asyncDispose]: async () => {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
