import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { readJson } from "@bot-bottle/testkit"
import { askThrough, connectRaw, openTunnel } from "./testing/raw-connection.ts"
import { startRawServer } from "./testing/raw-server.ts"
import { policyOf, route, startTestProxy, type TestProxy } from "./testing/test-proxy.ts"
import { startUpstream } from "./testing/upstream.ts"

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nok"
const HANDSHAKE =
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

const key = (secret: string) => ({
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret(secret),
})

test("INV-55: hosts and credentials of a new policy hold for the next request, in the same tunnel", async () => {
  await using setting = await startSetting([route("api.example.com", key("key-of-yesterday"))])
  using tunnel = await setting.proxy.open("api.example.com:443")
  const ask = async () => {
    tunnel.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    return (await tunnel.readResponse())?.status
  }
  expect([await ask(), await askHost(setting.proxy, "new.example.com:443")]).toEqual([200, 403])
  const next = [route("api.example.com", key("key-of-today")), route("new.example.com")]
  const answer = await setting.reload(next)
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ egress: "open" })])
  expect([await ask(), await askHost(setting.proxy, "new.example.com:443")]).toEqual([200, 200])
  expect(setting.keys()).toEqual(["Bearer key-of-yesterday", "Bearer key-of-today"])
  expect(await listed(setting.proxy)).toEqual(["api.example.com", "new.example.com"])
})

// biome-ignore format: a table
test.each([
  ["is gone",          []],
  ["is denied",        [route("api.example.com", { effect: "deny" }), route("*.example.com")]],
  ["is now passthrough",   [route("api.example.com", { inspect: false })]],
] as const)("INV-55: an open tunnel to a host that %s ends; one to a host that stays continues", async (_, changed) => {
  const stays = route("stays.example.com")
  await using setting = await startSetting([route("api.example.com"), stays])
  using tunnel = await setting.proxy.open("api.example.com:443")
  const other = await openTunnel(setting.proxy.frontPath, "stays.example.com:443")
  tunnel.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await tunnel.readResponse())?.status).toBe(200)
  expect((await setting.reload([...changed, stays])).status).toBe(200)
  await tunnel.closed
  // Its continuing shows it: a tunnel that was ended would refuse the handshake.
  await expect(other.raw.startTls({ serverName: "stays.example.com", ca: setting.proxy.ca })).resolves.toBeDefined()
})

test.each([
  ["an answer of a proxy's client", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "by absolute URL"],
  ["a WebSocket of a proxy's client", SWITCHED, "by absolute URL"],
  ["an answer of a client that knows of no proxy", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "by Host"],
  ["a WebSocket of a client that knows of no proxy", SWITCHED, "by Host"],
] as const)("INV-55: %s ends with its route", async (_, said, how) => {
  await using server = await startRawServer({ scheme: "http" })
  const plain = route("api.example.com", { scheme: "http" })
  await using proxy = await startTestProxy({ routes: [plain], resolve: { "api.example.com": server.address } })
  using agent = await connectRaw(proxy.frontPath)
  if (how === "by Host") {
    agent.send("CONNECT unnamed.bot-bottle.internal:80 HTTP/1.1\r\nHost: x\r\n\r\n")
    await agent.readResponse("CONNECT")
  }
  const target = how === "by Host" ? "/" : "http://api.example.com/"
  const upgrade = said === SWITCHED ? HANDSHAKE : ""
  agent.send(`GET ${target} HTTP/1.1\r\nHost: api.example.com\r\n${upgrade}\r\n`)
  const far = await server.accepted()
  await far.readHead()
  far.send(said)
  await agent.readHead()
  await proxy.reload(policyOf([route("other.example.com")]))
  await Promise.all([agent.closed, far.closed])
})

// biome-ignore format: a table
test.each([
  ["half of a policy",                  '{"routes":[{"host":"new.example.com","secret":"sk-half"', /cannot be read/],   
  ["a policy without budgets",          '{"routes":[],"resolve":{},"logLevel":1}',                 /cannot be read/],   
  ["another version's policy",          '{"protocol":99,"routes":[]}',                             /uses protocol version 99/],
  ["nothing",                           "",                                                        /cannot be read/],   
  ["a route that cannot be obeyed",     policyOf([route("new.example.com"), route("*")]),          /cannot be obeyed/],
  ["routes that contradict each other", policyOf([route("new.example.com"), route("new.example.com", { inspect: false })]), /disagree/],
] as const)("INV-55: %s changes nothing, and is not quoted", async (_, body, message) => {
  await using setting = await startSetting([route("api.example.com")])
  const answer = await setting.proxy.reload(body)
  const text = await answer.text()
  expect([answer.status, message.test(text), text.includes("sk-half")]).toEqual([400, true, false])
  expect(await listed(setting.proxy)).toEqual(["api.example.com"])
  expect([await askHost(setting.proxy, "api.example.com:443"), await askHost(setting.proxy, "new.example.com:443")]).toEqual([200, 403])
})

test("INV-55: a policy that is refused changes no address either", async () => {
  await using setting = await startSetting([route("api.example.com")])
  const elsewhere = { "api.example.com": "127.0.0.1:9" }
  const ask = async () => {
    using tunnel = await setting.proxy.open("api.example.com:443")
    tunnel.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    return (await tunnel.readResponse())?.status
  }
  const refused = await setting.proxy.reload(
    policyOf([route("api.example.com"), route("*")], { resolve: elsewhere, logLevel: 0 }),
  )
  expect([refused.status, await ask(), setting.proxy.events().length]).toEqual([400, 200, 1])
  // Control: one that can be obeyed does.
  await setting.proxy.reload(policyOf([route("api.example.com")], { resolve: elsewhere }))
  expect(await ask()).toBe(502)
})

test("a run that is cut stays cut under a new policy, which holds once it is restored", async () => {
  await using setting = await startSetting([route("api.example.com")])
  await setting.proxy.control("POST", "/cutoff")
  expect(await (await setting.reload([route("new.example.com")])).json()).toMatchObject({ egress: "cut" })
  expect(await askHost(setting.proxy, "new.example.com:443")).toBe(403)
  await setting.proxy.control("POST", "/restore")
  expect([
    await askHost(setting.proxy, "new.example.com:443"),
    await askHost(setting.proxy, "api.example.com:443"),
  ]).toEqual([200, 403])
})

test("log level and what is looked for change with the policy", async () => {
  await using setting = await startSetting([route("api.example.com")], { logLevel: 0 })
  await askHost(setting.proxy, "evil.test:443")
  expect(setting.proxy.events()).toEqual([])
  await setting.reload([route("api.example.com"), route("b.example.com", key("sk-Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5"))])
  using tunnel = await setting.proxy.open("api.example.com:443")
  tunnel.send("GET /?q=Kq8Zt3Vw6Xy1Bn4Mc7Lp HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await tunnel.readResponse())?.status).toBe(403)
  expect(setting.proxy.events().map(({ reason }) => reason)).toEqual(["dlp-match"])
})

/** Of hosts that nobody can reach here: 502 stands for what would have been dialled. */
async function askHost(proxy: TestProxy, authority: string): Promise<number> {
  const { status } = await askThrough(proxy.frontPath, proxy.ca, authority)
  return status === 502 ? 200 : status
}

async function listed(proxy: TestProxy): Promise<readonly string[]> {
  const { raw } = await openTunnel(proxy.frontPath, "bot-bottle.internal:80")
  raw.send("GET /allowlist HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n")
  const response = await raw.readResponse()
  raw[Symbol.dispose]()
  return readJson(response?.body.toString() ?? "", { routes: [{ host: "string" }] }).routes.map(({ host }) => host)
}

async function startSetting(routes: readonly CredentialedRoute[], { logLevel = 2 }: { logLevel?: 0 | 1 | 2 } = {}) {
  const upstream = startUpstream()
  const resolve = { "api.example.com": upstream.address }
  const proxy = await startTestProxy({ routes, resolve, logLevel, upstreamCa: upstream.caPem })
  return {
    proxy,
    reload: (next: readonly CredentialedRoute[]) => proxy.reload(policyOf(next, { resolve })),
    keys: () => upstream.seen.map(({ headers }) => headers["authorization"]),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
