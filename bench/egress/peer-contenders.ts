// Starts the peers of our proxy, each as its own process, set up to do the same work: terminate TLS,
// verify the upstream, forward.

import { chmod, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readJson } from "@bot-bottle/testkit"
import { accepts, type Contender, freePort, HOSTS, type Upstream } from "./contenders.ts"
import { firstLine } from "./proxy.ts"

/** Undefined when mitmproxy is not installed (Debian: `apt-get install mitmproxy`). */
export async function mitmproxy(upstream: Upstream): Promise<Contender | undefined> {
  const program = Bun.which("mitmdump")
  if (program === null) return undefined
  const folder = await mkdtemp(join(tmpdir(), "bench-mitm-"))
  const caFile = join(folder, "upstream-ca.pem")
  await Bun.write(caFile, upstream.certificate.caPem)
  const port = freePort()
  const options = [
    `confdir=${folder}`,
    `ssl_verify_upstream_trusted_ca=${caFile}`,
    "stream_large_bodies=1",
    "flow_detail=0",
  ]
  const proxy = Bun.spawn(
    [
      program,
      "--quiet",
      "--listen-host",
      "127.0.0.1",
      "--listen-port",
      String(port),
      ...options.flatMap((o) => ["--set", o]),
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "ignore", env: { PATH: "/usr/bin:/bin", HOME: folder } },
  )
  await accepts(port)
  return {
    name: "mitmproxy",
    pid: proxy.pid,
    way: {
      host: HOSTS.theirs,
      upstreamPort: upstream.port,
      connectPort: upstream.port,
      ca: [await readFile(join(folder, "mitmproxy-ca-cert.pem"), "utf8")],
      proxy: { port },
    },
    [Symbol.asyncDispose]: async () => {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const SQUID_CERTIFICATES = "/usr/lib/squid/security_file_certgen"

/** Undefined when squid is not installed with TLS (Debian: `apt-get install squid-openssl`). */
export async function squid(upstream: Upstream): Promise<Contender | undefined> {
  const program = Bun.which("squid", { PATH: "/usr/sbin:/usr/bin" })
  if (program === null || !(await Bun.file(SQUID_CERTIFICATES).exists())) return undefined
  const folder = await mkdtemp(join(tmpdir(), "bench-squid-"))
  // Started by root it works as a user of its own.
  await chmod(folder, 0o777)
  const ca = await mintAuthority(folder)
  const upstreamCa = join(folder, "upstream-ca.pem")
  await Bun.write(upstreamCa, upstream.certificate.caPem)
  const certificates = join(folder, "certificates")
  run([SQUID_CERTIFICATES, "-c", "-s", certificates, "-M", "4MB"])
  if (process.getuid?.() === 0) run(["chown", "-R", "proxy", folder])
  const port = freePort()
  const settings = [
    `http_port 127.0.0.1:${port} ssl-bump tls-cert=${ca.cert} tls-key=${ca.key} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB`,
    `sslcrtd_program ${SQUID_CERTIFICATES} -s ${certificates} -M 4MB`,
    "ssl_bump bump all",
    `tls_outgoing_options cafile=${upstreamCa}`,
    "http_access allow all",
    "cache deny all",
    "access_log none",
    `cache_log ${folder}/log`,
    `pid_filename ${folder}/pid`,
    `coredump_dir ${folder}`,
    "shutdown_lifetime 0 seconds",
    "visible_hostname bench",
  ]
  const file = join(folder, "squid.conf")
  await Bun.write(file, settings.map((line) => `${line}\n`).join(""))
  const proxy = Bun.spawn([program, "-N", "-f", file], { stdin: "ignore", stdout: "ignore", stderr: "ignore" })
  await accepts(port)
  return {
    name: "squid",
    pid: proxy.pid,
    way: { ...theirWay(upstream), ca: [ca.certPem], proxy: { port } },
    [Symbol.asyncDispose]: async () => {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Undefined when the folder that PEERS names does not have it (npm: `@anthropic-ai/sandbox-runtime`). */
export async function sandboxRuntime(upstream: Upstream): Promise<Contender | undefined> {
  const peers = Bun.env["PEERS"]
  if (peers === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), "bench-srt-"))
  const ca = await mintAuthority(folder)
  const upstreamCa = join(folder, "upstream-ca.pem")
  await Bun.write(upstreamCa, upstream.certificate.caPem)
  const script = join(import.meta.dir, "peers/sandbox-runtime.ts")
  const proxy = Bun.spawn([process.execPath, script, HOSTS.theirs, peers, ca.cert, ca.key], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    env: { PATH: Bun.env["PATH"] ?? "", HOME: folder, NODE_EXTRA_CA_CERTS: upstreamCa },
  })
  const { port, token } = readJson(await firstLine(proxy.stdout), { port: "number", token: "string" })
  return {
    name: "srt-bun",
    pid: proxy.pid,
    way: {
      ...theirWay(upstream),
      ca: [ca.certPem],
      proxy: { port, authorization: `Basic ${Buffer.from(`srt:${token}`).toString("base64")}` },
    },
    [Symbol.asyncDispose]: async () => {
      proxy.kill()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function theirWay(upstream: Upstream) {
  return { host: HOSTS.theirs, upstreamPort: upstream.port, connectPort: upstream.port }
}

/** A CA for a peer that wants one given, by the openssl command. */
async function mintAuthority(folder: string): Promise<{ cert: string; key: string; certPem: string }> {
  const [cert, key] = [join(folder, "ca.pem"), join(folder, "ca-key.pem")]
  const kind = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Bench CA"]
  const uses = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
  run(["openssl", "req", "-x509", ...kind, ...uses.flatMap((use) => ["-addext", use]), "-keyout", key, "-out", cert])
  return { cert, key, certPem: await readFile(cert, "utf8") }
}

function run(argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...argv], { stdio: ["ignore", "ignore", "pipe"] })
  if (exitCode !== 0) throw new Error(`${argv[0]} failed: ${stderr.toString()}`)
}
