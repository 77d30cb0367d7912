import { expect, test } from "bun:test"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EGRESS_FILES, type RunPolicy } from "@bot-bottle/contracts"
import { listProxyRoutes, reloadProxy, requestProxy } from "./control-socket.ts"

const STATUS = { protocol: 1, slug: "a-00000", egress: "open", openStreams: 0, requests: 0, denied: 0 } as const
const ROUTE = {
  host: "a.example",
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
} as const

test("requestProxy: uses the method of each request and returns the status", async () => {
  const { folder, asked, server } = controlled(() => Response.json(STATUS))
  await using _ = server
  const results = [
    await requestProxy(folder, "status"),
    await requestProxy(folder, "cutoff"),
    await requestProxy(folder, "restore"),
  ]
  expect({ asked, results }).toEqual({
    asked: ["GET /status", "POST /cutoff", "POST /restore"],
    results: Array(3).fill({ outcome: "answered", status: STATUS }),
  })
})

// biome-ignore format: a table
test.each([
  // answer                                            reason
  [new Response("no", { status: 500 }),                "it answered 500"],
  [new Response("hello"),                              "its answer cannot be read: it is not valid JSON"],
  [Response.json({ ...STATUS, protocol: undefined }),  "its answer cannot be read: it names no protocol version; this build of bot-bottle uses version 1"],
  [Response.json({ ...STATUS, protocol: 9 }),          "its answer cannot be read: it uses protocol version 9; this build of bot-bottle uses version 1"],
  [Response.json({ ...STATUS, egress: 1 }),            `its answer cannot be read: 'egress' is invalid: expected ("open" | "cut")`],
  [Response.json([]),                                  "its answer cannot be read: it names no protocol version; this build of bot-bottle uses version 1"],
])("requestProxy: an answer that is not a status counts as silence: %#", async (answer, reason) => {
  const { folder, server } = controlled(() => answer)
  await using _ = server
  expect(await requestProxy(folder, "cutoff")).toEqual({ outcome: "silent", reason })
})

test("requestProxy: a missing socket is silence", async () => {
  const { folder, server } = controlled(() => Response.json(STATUS))
  await using _ = server
  expect((await requestProxy(join(folder, "none"), "cutoff")).outcome).toBe("silent")
})

test("requestProxy: a proxy that never answers is silent", async () => {
  const { folder, server } = controlled(() => new Promise<Response>(() => {}))
  await using _ = server
  expect((await requestProxy(folder, "status")).outcome).toBe("silent")
})

test("requestProxy: a proxy on a loaded host has more than a second to cut off", async () => {
  const { folder, server } = controlled(async () => {
    await Bun.sleep(1_500)
    return Response.json(STATUS)
  })
  await using _ = server
  expect((await requestProxy(folder, "cutoff")).outcome).toBe("answered")
})

test("listProxyRoutes: a proxy on a loaded host has more than a second, or a reload would name every route as new", async () => {
  const { folder, server } = controlled(async () => {
    await Bun.sleep(1_500)
    return Response.json({ protocol: 1, routes: [ROUTE] })
  })
  await using _ = server
  expect(await listProxyRoutes(folder)).toEqual([ROUTE])
})

// biome-ignore format: a table
test.each([
  // answer                                                                                        result
  [Response.json(STATUS),                                                                          { outcome: "answered", status: STATUS }],
  [Response.json({ protocol: 1, error: { message: "m", hint: "h" } }, { status: 400 }),            { outcome: "refused", message: "m", hint: "h" }],
  [Response.json({ protocol: 1, error: "m" }, { status: 400 }),                                    { outcome: "silent", reason: "its answer cannot be read: 'error' is invalid: expected Object" }],
] as const)("reloadProxy: tells a refusal from an answer that cannot be read: %#", async (answer, result) => {
  const { folder, server } = controlled(() => answer)
  await using _ = server
  expect(await reloadProxy(folder, POLICY)).toEqual(result)
})

test.each([
  [Response.json({ protocol: 1, routes: [ROUTE] }), [ROUTE]],
  [Response.json({ protocol: 1, routes: [{ ...ROUTE, port: "443" }] }), []],
  [Response.json({ routes: [ROUTE] }), []],
] as const)("listProxyRoutes: shows only routes that can be read: %#", async (answer, routes) => {
  const { folder, server } = controlled(() => answer)
  await using _ = server
  expect(await listProxyRoutes(folder)).toEqual([...routes])
})

const POLICY: RunPolicy = {
  routes: [],
  resolve: {},
  budgets: { chain: [], declared: [], ceilings: [], gate: "reserve", cacheReadWeight: 0.1, policy: "cutoff" },
  logLevel: 1,
}

function controlled(answer: (request: Request) => Response | Promise<Response>) {
  const folder = mkdtempSync(join(tmpdir(), "control-"))
  const asked: string[] = []
  const server = Bun.serve({
    unix: join(folder, EGRESS_FILES.control),
    fetch: (request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      return answer(request)
    },
  })
  return { folder, asked, server: { [Symbol.asyncDispose]: () => server.stop(true) } }
}
