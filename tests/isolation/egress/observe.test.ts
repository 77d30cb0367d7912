// A run that is started to learn its routes: unlisted hosts are reached without a credential, and
// every other rule holds as without it.

import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import {
  connectRaw,
  createTestCa,
  route,
  startTestProxy,
  startUpstream,
  type Upstream,
} from "@bot-bottle/proxy/testing"

const REAL = "ghp_Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5Td9Gf2Hj"
const LISTED = route("api.example.com", {
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret(REAL),
})

test("an unlisted host is reached without any credential, and the log says that it was observed", async () => {
  await using setting = await startSetting()
  const answer = await setting.get("new.example.com")
  expect(answer?.status).toBe(200)
  expect(setting.seen("new.example.com")).toEqual([{ path: "/x", authorization: undefined }])
  expect(setting.proxy.events()).toContainEqual(
    expect.objectContaining({ kind: "observed", scheme: "https", host: "new.example.com", method: "GET", path: "/x" }),
  )
  // Control: the listed host still gets its credential, and is not called observed.
  expect((await setting.get("api.example.com"))?.status).toBe(200)
  expect(setting.seen("api.example.com")).toEqual([{ path: "/x", authorization: `Bearer ${REAL}` }])
  expect(setting.proxy.events()).toContainEqual(expect.objectContaining({ kind: "forwarded", host: "api.example.com" }))
})

test("control: without observation the same host is refused, and nothing leaves", async () => {
  await using setting = await startSetting({ observes: false })
  const answer = await setting.get("new.example.com")
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"]]).toEqual([403, "host-not-allowed"])
  expect(setting.seen("new.example.com")).toEqual([])
})

// biome-ignore format: a table
test.each([
  // the rule                       host                    path            reason
  ["a deny route",                  "bad.example.com",      "/x",           "host-not-allowed"],
  ["a limit of a listed host",      "narrow.example.com",   "/elsewhere",   "method-or-path-not-allowed"],
  ["the address check",             "lan.example.com",      "/x",           "address-not-allowed"],
  ["the search for credentials",    "new.example.com",      `/x?k=${REAL}`, "dlp-match"],
] as const)("%s refuses as without observation", async (_, host, path, reason) => {
  for (const observes of [true, false]) {
    await using setting = await startSetting({ observes })
    const answer = await setting.get(host, path)
    const refusal = observes || host !== "new.example.com" && host !== "lan.example.com" ? reason : "host-not-allowed"
    expect([observes, answer?.headers["x-bot-bottle-reason"]]).toEqual([observes, refusal])
    expect(setting.seen(host)).toEqual([])
  }
})

test("a bottle that turned the search off does not turn it off for what is only observed", async () => {
  await using setting = await startSetting({ dlp: { outbound: "off", detect: [] } })
  expect((await setting.get("new.example.com", `/x?k=${REAL}`))?.headers["x-bot-bottle-reason"]).toBe("dlp-match")
  expect((await setting.get("new.example.com"))?.status).toBe(200)
})

test("after a cutoff nothing is observed any more", async () => {
  await using setting = await startSetting()
  expect((await setting.get("new.example.com"))?.status).toBe(200)
  await setting.proxy.control("POST", "/cutoff")
  expect((await setting.get("new.example.com"))?.headers["x-bot-bottle-reason"]).toBe("cut-off")
  expect(setting.seen("new.example.com")).toHaveLength(1)
})

// biome-ignore format: a table
test.each([
  ["an address",               "203.0.113.7",                   "ip-literal"],
  ["a listed one's other port", "203.0.113.8:8080",             "port-not-allowed"],
  ["a name of bot-bottle",     "self-test.bot-bottle.internal", "host-not-allowed"],
  ["an invented one",          "x.bot-bottle.internal",         "host-not-allowed"],
] as const)("%s is refused, by absolute URL too", async (_, host, reason) => {
  await using setting = await startSetting()
  using agent = await connectRaw(setting.proxy.frontPath)
  agent.send(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  expect((await agent.readResponse())?.headers["x-bot-bottle-reason"]).toBe(reason)
})

interface Setting {
  readonly observes?: boolean
  readonly dlp?: { readonly outbound: "off"; readonly detect: readonly [] }
}

const HOSTS = ["api.example.com", "new.example.com", "bad.example.com", "narrow.example.com"] as const

async function startSetting({ observes = true, dlp }: Setting = {}) {
  const ca = createTestCa()
  const upstreams = new Map<string, Upstream>(HOSTS.map((host) => [host, startUpstream({ host, ca })]))
  const narrow: CredentialedRoute = route("narrow.example.com", {
    matches: [{ methods: ["GET"], paths: [{ type: "prefix", value: "/here/" }], headers: [] }],
  })
  const proxy = await startTestProxy({
    routes: [LISTED, narrow, route("203.0.113.8", { scheme: "http" }), route("bad.example.com", { effect: "deny" })],
    resolve: Object.fromEntries([...upstreams].map(([host, { address }]) => [host, address])),
    upstreamCa: ca.pem,
    lookup: async () => ["127.0.0.1"],
    ...(observes ? { observe: dlp === undefined ? {} : { dlp } } : {}),
  })
  return {
    proxy,
    async get(host: string, path = "/x") {
      using tunnel = await proxy.open(`${host}:443`)
      tunnel.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      return await tunnel.readResponse()
    },
    seen: (host: string) =>
      (upstreams.get(host)?.seen ?? []).map(({ target, headers }) => ({
        path: target,
        authorization: headers["authorization"],
      })),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const upstream of upstreams.values()) await upstream[Symbol.asyncDispose]()
    },
  }
}
