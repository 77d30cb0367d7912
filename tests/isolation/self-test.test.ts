// The startup self-test in a real bottle: it passes in a sound bottle, and finds each protection that is turned off.

import { expect, test } from "bun:test"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { createBwrapBackend, openTestRun, perl } from "@bot-bottle/bottle/testing"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import { FORWARDER_EXIT, findGuestRuntime, type SelfTestFinding } from "@bot-bottle/guest"
import { route, startTestProxy, type TestProxy } from "@bot-bottle/proxy/testing"
import { openTempFolder } from "@bot-bottle/testkit"
import { describeIsolated } from "./require-isolation.ts"

const SELF_TEST = {
  listedHost: "bot-bottle.internal",
  unlistedHost: "self-test.bot-bottle.internal",
  caFile: `${GUEST.share}/${GUEST_SHARE_FILES.ca}`,
}
const HOLDING = {
  "listed host": "200",
  "unlisted host": "403 host-not-allowed",
  "raw IP": "no route",
  DNS: "no such name",
  IPv6: "no route",
  UDP: "no route",
  "fronted SNI": "closed",
}

await describeIsolated("self-test", createBwrapBackend(), () => {
  test("INV-75: in a sound bottle every check passes, the agent runs, and the log says nothing of it", async () => {
    await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
    const { findings, exitCode, stdout } = await runSelfTestOf({ guestShare: dirname(proxy.frontPath) })
    expect({ seen: seenBy(findings), ok: findings?.every(({ ok }) => ok), exitCode, stdout }).toEqual({
      seen: HOLDING,
      ok: true,
      exitCode: 0,
      stdout: "ran\n",
    })
    expect(proxy.events()).toEqual([])
  })

  test("INV-75: a proxy that lets everything through is found, and the agent never runs", async () => {
    await using front = openLaxFront()
    const { findings, exitCode, stdout } = await runSelfTestOf({ guestShare: front.folder })
    const open = { "listed host": "ECONNRESET", "unlisted host": "200", DNS: "an address", "fronted SNI": "answered" }
    expect({ seen: seenBy(findings), exitCode, stdout }).toEqual({
      seen: { ...HOLDING, ...open, "listed host": expect.any(String) },
      exitCode: FORWARDER_EXIT.isolationFailed,
      stdout: "",
    })
    expect(findings?.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([
      "listed host",
      "unlisted host",
      "DNS",
      "fronted SNI",
    ])
  })

  test("INV-75: a network with ways past the proxy is found, and the agent never runs", async () => {
    await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
    const { findings, exitCode, stdout } = await selfTestInLeakyNetwork(proxy)
    const seen = seenBy(findings)
    expect({ seen, exitCode, stdout }).toEqual({
      seen: { ...HOLDING, "raw IP": "connected", IPv6: "a route", UDP: "sent", "listed host": expect.any(String) },
      exitCode: FORWARDER_EXIT.isolationFailed,
      stdout: "",
    })
  })
})

interface Tried {
  readonly findings: readonly SelfTestFinding[] | undefined
  readonly exitCode: number
  readonly stdout: string
}

async function runSelfTestOf({ guestShare }: { readonly guestShare: string }): Promise<Tried> {
  await using run = openTestRun()
  const plan = run.plan(["/bin/echo", "ran"], { folders: { ...run.folders, guestShare }, selfTest: SELF_TEST })
  const bottle = await createBwrapBackend().launch(plan, { kind: "pipe" })
  const [findings, exitCode, stdout] = await Promise.all([
    bottle.selfTest,
    bottle.exited,
    new Response(bottle.stdout).text(),
  ])
  return { findings, exitCode, stdout }
}

function seenBy(findings: readonly SelfTestFinding[] | undefined) {
  return Object.fromEntries((findings ?? []).map(({ check, seen }) => [check, seen]))
}

/** A proxy's socket behind which everything is allowed and nothing is looked at. */
function openLaxFront() {
  const folder = mkdtempSync(join(tmpdir(), "lax-front-"))
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, GUEST_SHARE_FILES.ca), "")
  const path = join(folder, GUEST_SHARE_FILES.socket)
  const established = "HTTP/1.1 200 Connection established\r\n\r\n"
  const listed = `HTTP/1.1 200 OK\r\n\r\n${JSON.stringify({ ports: [443] })}`
  const listener = Bun.listen({
    unix: path,
    socket: {
      data(socket, bytes) {
        const text = bytes.toString("latin1")
        if (text.startsWith("GET ")) socket.end(listed)
        else socket.write(text.startsWith("CONNECT ") ? established : "\x16\x03\x03")
        // Requests inside the tunnel are answered, too.
        if (text.startsWith("CONNECT ") && !text.endsWith("\r\n\r\n")) socket.write("\x16\x03\x03")
      },
    },
  })
  chmodSync(path, 0o666)
  return {
    folder,
    async [Symbol.asyncDispose]() {
      listener.stop(true)
      rmSync(folder, { recursive: true })
    },
  }
}

// SIOCSIFADDR of lo:1, once with an IPv4 address, once with a v6 one and its prefix length.
const ADD_ADDRESSES = `
  use Socket qw(:all);
  socket(my $four, AF_INET, SOCK_DGRAM, 0) or die $!;
  ioctl($four, 0x8916, pack("a16 a16", "lo:1", pack("S n a4 x8", AF_INET, 0, inet_aton("198.51.100.1")))) or die $!;
  socket(my $six, AF_INET6, SOCK_DGRAM, 0) or die $!;
  ioctl($six, 0x8916, pack("a16 L l", inet_pton(AF_INET6, "2001:db8::1"), 128, 1)) or die $!;
  exec @ARGV;`

/** The forwarder alone, in a network of its own whose loopback has addresses of the outside. */
async function selfTestInLeakyNetwork(proxy: TestProxy): Promise<Tried> {
  await using folder = await openTempFolder()
  const forwarder = findGuestRuntime().files.find(({ name }) => name === "forwarder")
  const main = join(forwarder?.source ?? "", "main.ts")
  const controlChannel = join(folder.path, "control-channel")
  const words: string[] = []
  using _listener = Bun.listen({
    unix: controlChannel,
    socket: {
      data(socket, bytes) {
        words.push(...bytes.toString().trim().split("\n"))
        if (words.length === 1) socket.write(`${JSON.stringify(startOrder(proxy))}\n`)
      },
    },
  })
  const network = ["--unshare-user", "--unshare-net", "--uid", "0", "--gid", "0", "--cap-add", "ALL"]
  const child = Bun.spawn(
    [
      ...["bwrap", ...network, "--dev-bind", "/", "/", "--die-with-parent", "--"],
      ...perl(ADD_ADDRESSES, process.execPath, "--no-env-file", "--config=/dev/null", main, controlChannel),
    ],
    { env: {}, stdio: ["ignore", "pipe", "inherit"] },
  )
  const [exitCode, stdout] = await Promise.all([child.exited, child.stdout.text()])
  const word = words.map((line) => (line === "up" ? {} : JSON.parse(line))).find(({ kind }) => kind === "self-test")
  return { findings: word?.findings, exitCode, stdout }
}

function startOrder(proxy: TestProxy) {
  return {
    kind: "start",
    argv: ["/bin/echo", "ran"],
    env: {},
    cwd: "/",
    rlimits: [],
    egressSocket: proxy.frontPath,
    egressTimeoutMs: 5_000,
    proxyPort: GUEST.proxyPort,
    transparent: { proxyHost: SELF_TEST.listedHost, dnsPort: GUEST.dnsPort, ports: GUEST.webPorts },
    selfTest: { ...SELF_TEST, caFile: join(dirname(proxy.frontPath), GUEST_SHARE_FILES.ca) },
  }
}
