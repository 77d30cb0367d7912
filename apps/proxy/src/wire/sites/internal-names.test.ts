import { expect, test } from "bun:test"
import { connectRaw, openTunnel } from "../../testing/raw-connection.ts"
import { route, startTestProxy } from "../../testing/test-proxy.ts"

// biome-ignore format: a table
test.each([
  // method    path           status  allow
  ["GET",     "/allowlist",  200,    undefined],
  ["HEAD",    "/allowlist",  200,    undefined],
  ["POST",    "/allowlist",  405,    "GET, HEAD"],
  ["PUT",     "/allowlist",  405,    "GET, HEAD"],
  ["DELETE",  "/allowlist",  405,    "GET, HEAD"],
  ["POST",    "/status",     405,    "GET, HEAD"],
  ["POST",    "/lookup",     405,    "GET, HEAD"],
  ["POST",    "/elsewhere",  404,    undefined],
] as const)("the bottle reads the proxy's own name and changes nothing by it: %s %s is %p", async (method, path, status, allow) => {
  await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
  const rest = "HTTP/1.1\r\nHost: bot-bottle.internal\r\nContent-Length: 2\r\n\r\n{}"
  using plain = await connectRaw(proxy.frontPath)
  plain.send(`${method} http://bot-bottle.internal${path} ${rest}`)
  using tunnel = (await openTunnel(proxy.frontPath, "bot-bottle.internal:80")).raw
  tunnel.send(`${method} ${path} ${rest}`)
  for (const connection of [plain, tunnel]) {
    const answer = await connection.readResponse(method)
    expect([answer?.status, answer?.headers["allow"]]).toEqual([status, allow])
    const reason = status === 200 ? undefined : "method-or-path-not-allowed"
    expect(answer?.headers["x-bot-bottle-reason"]).toBe(reason)
  }
  expect(proxy.events()).toEqual([])
})
