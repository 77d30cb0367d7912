// The startup canary in a real bottle: holds when the walls do; and each wall taken down once.

import { dlopen } from "bun:ffi"
import { expect, test } from "bun:test"
import { chmodSync, copyFileSync, linkSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type CanaryFinding, createBwrapBackend, FORWARDER_EXIT, GUEST, pidOf } from "@bot-bottle/bottle"
import { openTestRun } from "@bot-bottle/bottle/testing"
import { DOOR_FILES } from "@bot-bottle/contracts"
import { route, startTestProxy, type TestProxy } from "@bot-bottle/proxy/testing"
import { describeIsolated } from "./require-isolation.ts"

const CANARY = {
  listedHost: "bot-bottle.internal",
  unlistedHost: "canary.bot-bottle.internal",
  caFile: `${GUEST.door}/${DOOR_FILES.ca}`,
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

await describeIsolated("canary", createBwrapBackend(), () => {
  test("INV-102: in a bottle as it should be every wall holds, the agent runs, and the log says nothing of it", async () => {
    await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
    const { findings, exitCode, stdout } = await tryWalls({ door: dirname(proxy.frontPath) })
    expect({ seen: seenBy(findings), ok: findings?.every(({ ok }) => ok), exitCode, stdout }).toEqual({
      seen: HOLDING,
      ok: true,
      exitCode: 0,
      stdout: "ran\n",
    })
    expect(proxy.events()).toEqual([])
  })

  test("INV-102: a proxy that lets everything through is found, and the agent never runs", async () => {
    await using front = openLaxFront()
    const { findings, exitCode, stdout } = await tryWalls({ door: front.folder })
    const open = { "listed host": "ECONNRESET", "unlisted host": "200", DNS: "an address", "fronted SNI": "answered" }
    expect({ seen: seenBy(findings), exitCode, stdout }).toEqual({
      seen: { ...HOLDING, ...open, "listed host": expect.any(String) },
      exitCode: FORWARDER_EXIT.wallOpen,
      stdout: "",
    })
    expect(findings?.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([
      "listed host",
      "unlisted host",
      "DNS",
      "fronted SNI",
    ])
  })

  test("INV-102: a bottle with a way past the proxy is found, and the agent never runs", async () => {
    await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
    const { findings, exitCode, stdout } = await tryWallsInLeakyNetwork(proxy)
    expect({ seen: seenBy(findings), exitCode, stdout }).toEqual({
      seen: { ...HOLDING, "raw IP": "connected", IPv6: "a route", UDP: "sent" },
      exitCode: FORWARDER_EXIT.wallOpen,
      stdout: "",
    })
  })
})

interface Tried {
  readonly findings: readonly CanaryFinding[] | undefined
  readonly exitCode: number
  readonly stdout: string
}

/** `meanwhile` is done once the bottle stands and waits for its proxy. */
async function tryWalls({
  door,
  meanwhile = async () => {},
}: {
  door: string
  meanwhile?: (pid: number) => Promise<void>
}): Promise<Tried> {
  await using run = openTestRun()
  const plan = run.plan(["/bin/echo", "ran"], { folders: { ...run.folders, door }, canary: CANARY })
  const bottle = await createBwrapBackend().launch(plan, { kind: "pipe" })
  await meanwhile(pidOf(bottle.process))
  const [findings, exitCode, stdout] = await Promise.all([
    bottle.canary,
    bottle.exited,
    new Response(bottle.stdout).text(),
  ])
  return { findings, exitCode, stdout }
}

function seenBy(findings: readonly CanaryFinding[] | undefined) {
  return Object.fromEntries((findings ?? []).map(({ check, seen }) => [check, seen]))
}

/** A proxy's socket behind which everything is allowed and nothing is looked at. */
function openLaxFront() {
  const folder = mkdtempSync(join(tmpdir(), "lax-front-"))
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, DOOR_FILES.ca), "")
  const path = join(folder, DOOR_FILES.socket)
  const established = "HTTP/1.1 200 Connection established\r\n\r\n"
  const listed = `HTTP/1.1 200 OK\r\n\r\n${JSON.stringify({ ports: [443] })}`
  const listener = Bun.listen({
    unix: path,
    socket: {
      data(socket, bytes) {
        const text = bytes.toString("latin1")
        if (text.startsWith("GET ")) socket.end(listed)
        else socket.write(text.startsWith("CONNECT ") ? established : "\x16\x03\x03")
        // Whatever came along inside the tunnel is answered, too.
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

/** A bottle whose loopback is given the addresses of the outside, before its proxy is there. */
async function tryWallsInLeakyNetwork(proxy: TestProxy): Promise<Tried> {
  const door = mkdtempSync(join(tmpdir(), "late-door-"))
  chmodSync(door, 0o755)
  try {
    return await tryWalls({
      door,
      async meanwhile(launched) {
        await addOuterAddresses(launched)
        copyFileSync(join(dirname(proxy.frontPath), DOOR_FILES.ca), join(door, DOOR_FILES.ca))
        linkSync(proxy.frontPath, join(door, DOOR_FILES.socket))
      },
    })
  } finally {
    rmSync(door, { recursive: true })
  }
}

const NS_GET_USERNS = 0xb701
// SIOCSIFADDR of lo:1, once with an IPv4 address, once with a v6 one and its prefix length.
const ADD_ADDRESSES = `
  use Socket qw(:all);
  socket(my $four, AF_INET, SOCK_DGRAM, 0) or die $!;
  ioctl($four, 0x8916, pack("a16 a16", "lo:1", pack("S n a4 x8", AF_INET, 0, inet_aton("198.51.100.1")))) or die $!;
  socket(my $six, AF_INET6, SOCK_DGRAM, 0) or die $!;
  ioctl($six, 0x8916, pack("a16 L l", inet_pton(AF_INET6, "2001:db8::1"), 128, 1)) or die $!;`

/** From outside, in the namespaces of the bottle that no process of it could change. */
async function addOuterAddresses(launched: number): Promise<void> {
  const net = openSync(`/proc/${lastDescendant(launched)}/ns/net`, "r")
  const { symbols } = dlopen("libc.so.6", { ioctl: { args: ["i32", "u64", "i32"], returns: "i32" } })
  const user = symbols.ioctl(net, NS_GET_USERNS, 0)
  const asOwner = process.getuid?.() === 0 ? [] : ["--preserve-credentials"]
  const adding = Bun.spawn(
    ["nsenter", "--user=/proc/self/fd/3", "--net=/proc/self/fd/4", ...asOwner, "--", "perl", "-e", ADD_ADDRESSES],
    { stdio: ["ignore", "ignore", "pipe", user, net] },
  )
  expect(await adding.stderr.text()).toBe("")
  expect(await adding.exited).toBe(0)
}

function lastDescendant(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean)
  return children.length === 0 ? pid : lastDescendant(Number(children.at(-1)))
}
