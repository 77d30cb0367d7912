// Security cases 1 to 5: what may be named, before any lookup and any TLS.

import { expect, test } from "bun:test"
import { isIP } from "node:net"
import {
  connectRaw,
  route,
  startTestProxy,
  startUpstream,
  type TestProxy,
  UNLISTED_REASON,
} from "@bot-bottle/proxy/testing"

const LISTED = [route("api.example.com"), route("*.wild.example.com"), route("xn--bcher-kva.example")]

test("case 1: with an empty route table everything is denied", async () => {
  await using proxy = await startTestProxy({ routes: [] })
  for (const authority of ["api.example.com:443", "localhost:443", "example.com:80"])
    expect(await connect(proxy, authority)).toEqual([403, UNLISTED_REASON])
  expect(await connect(proxy, "127.0.0.1:443")).toEqual([403, "ip-literal"])
})

// biome-ignore format: a table
test.each([
  // CONNECT                                  status  reason             case
  ["api.example.com:443",                     200,    undefined],        // control
  ["API.Example.COM:443",                     200,    undefined],        // 3
  ["api.example.com.:443",                    200,    undefined],        // 3
  ["a.wild.example.com:443",                  200,    undefined],        // control
  ["a.b.wild.example.com:443",                200,    undefined],        // control
  ["xn--bcher-kva.example:443",               200,    undefined],        // control
  ["api.example.com..:443",                   400,    "malformed-host"], // 3
  [".api.example.com:443",                    400,    "malformed-host"], // 3
  ["api..example.com:443",                    400,    "malformed-host"], // 3
  [`${"a".repeat(64)}.wild.example.com:443`,  400,    "malformed-host"], // 3
  [`${"a.".repeat(130)}wild.example.com:443`, 400,    "malformed-host"], // 3
  ["api.example.com\u0000:443",               400,    "malformed-host"], // 2
  ["api.example.com\u0009:443",               400,    "malformed-host"], // 2
  ["api.example.com\u007f:443",               400,    "malformed-host"], // 2
  ["api.example.com%00:443",                  400,    "malformed-host"], // 2
  ["api.example.com%2e:443",                  400,    "malformed-host"], // 2
  ["api.example.com\r\nx: y:443",             400,    "malformed-host"], // 2
  ["api.example.com :443",                    400,    "malformed-host"], // 2
  ["user@api.example.com:443",                400,    "malformed-host"], // 8
  ["api.example.com\\@evil.example:443",      400,    "malformed-host"], // 8
  ["api.example.com/evil:443",                400,    "malformed-host"], // 8
  ["evilapi.example.com:443",                 403,    UNLISTED_REASON], // 4
  ["api.example.com.evil.io:443",             403,    UNLISTED_REASON], // 4
  ["wild.example.com:443",                    403,    UNLISTED_REASON], // 4
  ["evilwild.example.com:443",                403,    UNLISTED_REASON], // 4
  ["api.example.com:444",                     403,    "port-not-allowed"], // 4
  ["api.example.com:22",                      403,    "port-not-allowed"],
  ["api.example.com:0",                       400,    "malformed-host"],
  ["api.example.com:65536",                   400,    "malformed-host"],
  ["api.example.com:+443",                    400,    "malformed-host"],
  ["127.0.0.1:443",                           403,    "ip-literal"],     // 5
  ["2130706433:443",                          403,    "ip-literal"],     // 5
  ["0x7f000001:443",                          403,    "ip-literal"],     // 5
  ["0177.0.0.1:443",                          403,    "ip-literal"],     // 5
  ["127.1:443",                               403,    "ip-literal"],     // 5
  ["[::1]:443",                               403,    "ip-literal"],     // 5
  ["[::ffff:127.0.0.1]:443",                  403,    "ip-literal"],     // 5
  ["[64:ff9b::7f00:1]:443",                   403,    "ip-literal"],     // 5
  ["[2002:7f00:1::]:443",                     403,    "ip-literal"],     // 5
  ["[fe80::1%25eth0]:443",                    400,    "malformed-host"], // 5
] as const)("cases 2 to 5: CONNECT %j is answered %p %p", async (authority, status, reason) => {
  await using proxy = await startTestProxy({ routes: LISTED })
  expect(await connect(proxy, authority)).toEqual([status, reason])
})

test("case 3: every spelling of a listed name reaches the upstream as the one name", async () => {
  await using upstream = startUpstream()
  await using proxy = await startTestProxy({
    routes: [route("api.example.com")],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: upstream.caPem,
  })
  for (const name of ["api.example.com", "API.example.COM", "api.example.com."]) {
    using connection = await proxy.open(`${name}:443`, name.replace(/\.$/, ""))
    connection.send(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)
    expect((await connection.readResponse())?.status).toBe(200)
  }
  expect(upstream.seen.map(({ headers }) => headers["host"])).toEqual(Array(3).fill("api.example.com"))
  expect(proxy.events().map(({ host }) => host)).toEqual(Array(3).fill("api.example.com"))
})

test("case 5: an address listed literally may be reached", async () => {
  await using upstream = startUpstream({ scheme: "http" })
  const port = Number(upstream.address.split(":")[1])
  await using proxy = await startTestProxy({ routes: [route("127.0.0.1", { scheme: "http", port })] })
  using connection = await connectRaw(proxy.frontPath)
  connection.send(`GET http://127.0.0.1:${port}/x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  expect((await connection.readResponse())?.body.toString()).toBe("hello")
})

/** The answer at CONNECT, or to a request inside. 200 stands for what would have been dialled. */
async function connect(
  { frontPath, ca }: Pick<TestProxy, "frontPath" | "ca">,
  authority: string,
): Promise<[number | undefined, string | undefined]> {
  using connection = await connectRaw(frontPath)
  connection.send(Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n`, "latin1"))
  const answer = await connection.readResponse("CONNECT")
  if (answer?.status !== 200) return [answer?.status, answer?.headers["x-bot-bottle-reason"]]
  const host = authority.replace(/:\d+$/, "")
  const isAddress = isIP(host.replace(/^\[|\]$/g, "")) !== 0
  using secure = await connection.startTls({ ca, believesAnyone: true, serverName: isAddress ? undefined : host })
  secure.send(`GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const inside = await secure.readResponse()
  const reason = inside?.headers["x-bot-bottle-reason"]
  return reason === "upstream-unreachable" ? [200, undefined] : [inside?.status, reason]
}
