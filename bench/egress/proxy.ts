// Starts our proxy as the launcher does, with a ledger and folders of its own.

import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { EGRESS_FILES, GUEST_SHARE_FILES, type ProxyConfig } from "@bot-bottle/contracts"
import { encodeProxyConfig } from "@bot-bottle/contracts/messages/proxy-config"
import { openLedger } from "@bot-bottle/ledger"
import { sampleRun } from "@bot-bottle/ledger/testing"

const ROOT = resolve(import.meta.dir, "../..")

export interface BenchProxy extends AsyncDisposable {
  readonly pid: number
  /** From the start of its process until it was ready. */
  readonly startMs: number
  readonly socket: string
  readonly control: string
  readonly caPem: string
  readonly ledgerPath: string
}

export async function startProxy(
  own: Pick<ProxyConfig, "routes" | "resolve" | "upstreamCa"> & Partial<Pick<ProxyConfig, "logLevel">>,
): Promise<BenchProxy> {
  const folder = await mkdtemp(join(tmpdir(), "bench-proxy-"))
  const [guestShare, egress] = [join(folder, "share"), join(folder, "egress")]
  await Promise.all([guestShare, egress].map((path) => mkdir(path, { mode: 0o700 })))
  const run = sampleRun("bench-00000")
  const config: ProxyConfig = {
    logLevel: 1,
    ...own,
    slug: run.slug,
    ledgerPath: join(folder, "bot-bottle.db"),
    guestShare,
    egressFolder: egress,
    systemRoots: "",
    budgets: {
      chain: [
        { kind: "run", key: run.slug },
        { kind: "host", key: "" },
      ],
      declared: [],
      ceilings: [],
      gate: "reserve",
      cacheReadWeight: 0.1,
      policy: "cutoff",
    },
  }
  const ledger = await openLedger(config.ledgerPath)
  await ledger.createRun(run)
  await ledger.close()

  const program = proxyProgram()
  const startedAt = performance.now()
  const proxy = Bun.spawn([process.execPath, program], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: { PATH: "/usr/bin:/bin", BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
  })
  proxy.stdin.write(encodeProxyConfig(config))
  await proxy.stdin.flush()
  await firstLine(proxy.stdout)
  const startMs = performance.now() - startedAt

  return {
    pid: proxy.pid,
    startMs,
    ledgerPath: config.ledgerPath,
    socket: join(guestShare, GUEST_SHARE_FILES.socket),
    control: join(egress, EGRESS_FILES.control),
    caPem: await readFile(join(guestShare, GUEST_SHARE_FILES.ca), "utf8"),
    async [Symbol.asyncDispose]() {
      await proxy.stdin.end()
      await proxy.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** As a clone starts it: from the bundle that it keeps. */
function proxyProgram(): string {
  const { success, stderr } = Bun.spawnSync([process.execPath, join(ROOT, "tools/pack/keep-bundle.ts")])
  if (!success) throw new Error(stderr.toString())
  const bundles = join(ROOT, ".tools/bundle")
  return join(bundles, readFileSync(join(bundles, "current"), "utf8").trim(), "proxy.js")
}

export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader()
  let text = ""
  while (!text.includes("\n")) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`Ended before its first line: ${text}`)
    text += new TextDecoder().decode(value)
  }
  return text.slice(0, text.indexOf("\n"))
}
