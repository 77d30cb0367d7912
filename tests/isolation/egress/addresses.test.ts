// Security case 6: a listed name that resolves to somewhere it must not.

import { expect, test } from "bun:test"
import { askThrough, route, startTestProxy, startUpstream } from "@bot-bottle/proxy/testing"

// biome-ignore format: a table
test.each([
  "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
  "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
  "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::",
])("case 6: a listed name that resolves to %s is refused", async (address) => {
  await using proxy = await startTestProxy({ routes: [route("api.example.com")], lookup: async () => [address] })
  using connection = await proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  const response = await connection.readResponse()
  expect([response?.status, response?.headers["x-bot-bottle-reason"]]).toEqual([403, "address-not-allowed"])
})

test("case 6: control: the operator's own word is dialled, and DNS is never asked", async () => {
  await using upstream = startUpstream()
  const asked: string[] = []
  await using proxy = await startTestProxy({
    routes: [route("api.example.com")],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: upstream.caPem,
    lookup: async (host) => {
      asked.push(host)
      return []
    },
  })
  using connection = await proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await connection.readResponse())?.body.toString()).toBe("hello")
  expect(asked).toEqual([])
})

test("case 6: a name that is denied is never looked up", async () => {
  const asked: string[] = []
  await using proxy = await startTestProxy({
    routes: [route("api.example.com")],
    lookup: async (host) => {
      asked.push(host)
      return ["127.0.0.1"]
    },
  })
  expect((await askThrough(proxy.frontPath, proxy.ca, "evil.example.com:443")).status).toBe(403)
  expect(asked).toEqual([])
  using connection = await proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  await connection.readResponse()
  expect(asked).toEqual(["api.example.com"])
})

test("case 6: a passthrough host's address is checked the same way", async () => {
  await using proxy = await startTestProxy({
    routes: [route("api.example.com", { inspect: false })],
    lookup: async () => ["127.0.0.1"],
  })
  await expect(proxy.open("api.example.com:443")).rejects.toThrow()
  expect(proxy.events()).toMatchObject([{ kind: "denied", reason: "address-not-allowed", host: "api.example.com" }])
})
