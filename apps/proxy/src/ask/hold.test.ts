import { expect, test } from "bun:test"
import { ONCE_MS } from "@bot-bottle/supervise"
import { waitFor } from "@bot-bottle/testkit"
import { ASK, askPlain, NEW, openAskWorld, shownAnswer } from "../testing/ask-world.ts"
import { askThrough, connectRaw, openTunnel } from "../testing/raw-connection.ts"
import { openSocketOver } from "../testing/socket-client.ts"
import { echo, startSocketUpstream } from "../testing/socket-upstream.ts"
import { policyOf, route, SLUG, type TestProxy } from "../testing/test-proxy.ts"

const RUN = { decision: "approved", duration: "run" } as const
const ONCE = { decision: "approved", duration: "once" } as const
const NO = { decision: "rejected" } as const

const POSTS = [{ methods: ["POST"], paths: "every", headers: [] }] as const

type Way = (proxy: TestProxy) => Promise<{ readonly status: number; readonly reason: string | undefined }>

const WAYS: Readonly<Record<string, Way>> = {
  "plain HTTP": async ({ frontPath }) => askPlain(frontPath, `http://${NEW}/a`),
  "a tunnel": async ({ frontPath, ca }) => shownAnswer(await askThrough(frontPath, ca, `${NEW}:443`)),
  "a client that knows of no proxy": async ({ frontPath, ca }) => {
    const { raw } = await openTunnel(frontPath, "unnamed.bot-bottle.internal:443")
    using secure = await raw.startTls({ serverName: NEW, ca })
    secure.send(`GET / HTTP/1.1\r\nHost: ${NEW}\r\n\r\n`)
    return shownAnswer(await secure.readResponse())
  },
}

test.each(Object.keys(WAYS))("%s waits for the operator, and leaves after the yes and not before", async (name) => {
  await using world = await openAskWorld(name === "plain HTTP" ? "http" : "https")
  const asking = WAYS[name]?.(world.proxy)
  const question = await world.question()
  expect(question.ask).toMatchObject({ kind: "hold", cause: "host-not-allowed", host: NEW, method: "GET" })
  expect(world.upstream.seen).toEqual([])
  await world.answer(question, RUN)
  expect(await asking).toEqual({ status: 200, reason: undefined })
  expect(world.upstream.seen.length).toBe(1)
})

test.each(Object.keys(WAYS))(
  "%s is refused after the operator's no, then and later, and nothing leaves",
  async (name) => {
    await using world = await openAskWorld(name === "plain HTTP" ? "http" : "https")
    const asking = WAYS[name]?.(world.proxy)
    await world.answer(await world.question(), NO)
    expect(await asking).toEqual({ status: 403, reason: "approval-denied" })
    expect(await WAYS[name]?.(world.proxy)).toEqual({ status: 403, reason: "approval-denied" })
    expect((await world.questions()).length).toBe(1)
    expect(world.upstream.seen).toEqual([])
  },
)

test.each(Object.keys(WAYS))(
  "%s is refused when its time is over; the question stands, and a late yes counts",
  async (name) => {
    await using world = await openAskWorld(name === "plain HTTP" ? "http" : "https", { askTimeoutMs: 100 })
    expect(await WAYS[name]?.(world.proxy)).toEqual({ status: 403, reason: "awaiting-approval" })
    await world.answer(await world.question(), RUN)
    expect(await WAYS[name]?.(world.proxy)).toEqual({ status: 200, reason: undefined })
  },
)

test("a WebSocket waits for the operator as any request", async () => {
  await using upstream = await startSocketUpstream({ host: NEW, onSocket: echo })
  await using world = await openAskWorld(
    "https",
    {},
    { resolve: { [NEW]: upstream.address }, upstreamCa: upstream.caPem },
  )
  const opening = openSocketOver(await world.proxy.open(`${NEW}:443`), `wss://${NEW}/chat`)
  const question = await world.question()
  expect(upstream.seen).toEqual([])
  await world.answer(question, RUN)
  const client = await opening
  if (!("socket" in client)) throw new Error(`refused with ${client.status}`)
  client.socket.send("hello")
  expect(await client.next()).toBe("hello")
  client.socket.terminate()
})

test("one question stands for all requests to a host, and its answer is theirs", async () => {
  await using world = await openAskWorld("http")
  const asking = Array.from({ length: 50 }, () => askPlain(world.proxy.frontPath, `http://${NEW}/a`))
  const question = await world.question()
  await waitFor("fifty held requests", async () => (await world.held()) === 50)
  expect(world.upstream.seen).toEqual([])
  await world.answer(question, ONCE)
  expect(new Set((await Promise.all(asking)).map(({ status }) => status))).toEqual(new Set([200]))
  expect((await world.questions()).length).toBe(1)
})

test("a question that finds three others pending is put when there is room", async () => {
  await using world = await openAskWorld("http", {}, { resolve: {} })
  const hosts = ["a", "b", "c", "d"].map((name) => `${name}.example.com`)
  const asking = hosts.map((host) => askPlain(world.proxy.frontPath, `http://${host}/`))
  await waitFor("three questions", async () => (await world.questions()).length === 3)
  for (const question of await world.questions()) await world.answer(question, NO)
  await waitFor("the fourth question", async () => (await world.questions()).length === 4)
  for (const question of (await world.questions()).slice(3)) await world.answer(question, NO)
  expect((await Promise.all(asking)).map(({ reason }) => reason)).toEqual(hosts.map(() => "approval-denied"))
})

test("a run's approval holds after a reload, and for the next proxy of the run", async () => {
  await using world = await openAskWorld("http", { askTimeoutMs: 100 })
  await askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await world.answer(await world.question(), RUN)
  await world.proxy.reload(policyOf([], { resolve: world.resolve, supervise: ASK }))
  expect(await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).toEqual({ status: 200, reason: undefined })
  await world.proxy.restart()
  expect(await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).toEqual({ status: 200, reason: undefined })
})

test("an approval for once lets requests through for a minute; then the operator is asked again", async () => {
  await using world = await openAskWorld("http")
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  // Given almost a minute ago: what is left is enough for two requests on a busy machine.
  await world.answer(await world.question(), ONCE, Date.now() - ONCE_MS + 3_000)
  expect((await asking).status).toBe(200)
  expect((await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).status).toBe(200)
  await waitFor("the end of the minute", async () => (await listedHosts(world.proxy)).length === 0)
  const again = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await waitFor("the next question", async () => (await world.questions()).length === 2)
  await world.proxy.control("POST", "/cutoff")
  expect((await again).status).toBe(403)
})

// biome-ignore format: a table
test.each([
  // what is asked for            by the bottle's routes                                   reason
  ["http://127.0.0.1/",             [],                                                      "ip-literal"],
  ["http://x.bot-bottle.internal/", [],                                                      "host-not-allowed"],
  [`http://${NEW}/`,                [route(NEW, { scheme: "http", effect: "deny" })],        "host-not-allowed"],
  [`http://${NEW}:8080/`,           [route(NEW, { scheme: "http" })],                        "port-not-allowed"],
  [`http://${NEW}/`,                [route(NEW, { scheme: "http", matches: POSTS })],        "method-or-path-not-allowed"],
] as const)("%s is refused at once: nobody is asked", async (url, routes, reason) => {
  await using world = await openAskWorld("http", {}, { routes })
  expect(await askPlain(world.proxy.frontPath, url)).toEqual({ status: 403, reason })
  expect(await world.questions()).toEqual([])
})

test("the check of addresses holds whatever was approved", async () => {
  await using world = await openAskWorld("http", {}, { resolve: {}, lookup: async () => ["127.0.0.1"] })
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await world.answer(await world.question(), RUN)
  expect(await asking).toEqual({ status: 403, reason: "address-not-allowed" })
  expect(world.upstream.seen).toEqual([])
})

test("a cutoff ends what is held at once, and nothing is held after it", async () => {
  await using world = await openAskWorld("http")
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  const question = await world.question()
  await world.proxy.control("POST", "/cutoff")
  expect(await asking).toEqual({ status: 403, reason: "cut-off" })
  await world.answer(question, RUN)
  expect(await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).toEqual({ status: 403, reason: "cut-off" })
  expect(world.upstream.seen).toEqual([])
  await world.proxy.control("POST", "/restore")
  expect((await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).status).toBe(200)
})

test("an agent that leaves frees its hold, and nothing of it leaves after the yes", async () => {
  await using world = await openAskWorld("http", {}, { routes: [] })
  const raw = await connectRaw(world.proxy.frontPath)
  raw.send(`POST http://${NEW}/a HTTP/1.1\r\nHost: ${NEW}\r\nContent-Length: 2\r\n\r\nhi`)
  const question = await world.question()
  await waitFor("the hold", async () => (await world.held()) === 1)
  raw.socket.destroy()
  await waitFor("the end of the hold", async () => (await world.held()) === 0)
  await world.answer(question, RUN)
  expect(world.upstream.seen).toEqual([])
})

test("an agent that leaves a tunnel frees its hold", async () => {
  await using world = await openAskWorld("https")
  const tunnel = await world.proxy.open(`${NEW}:443`)
  tunnel.send(`GET /a HTTP/1.1\r\nHost: ${NEW}\r\n\r\n`)
  await waitFor("the hold", async () => (await world.held()) === 1)
  tunnel.socket.destroy()
  await waitFor("the end of the hold", async () => (await world.held()) === 0)
})

test("a reload lets a held request through when it lists the host, and leaves it waiting when it does not", async () => {
  await using world = await openAskWorld("http")
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await world.question()
  const policy = (...hosts: readonly string[]) =>
    policyOf(
      hosts.map((host) => route(host, { scheme: "http" })),
      { resolve: world.resolve, supervise: ASK },
    )
  await world.proxy.reload(policy("other.example.com"))
  expect([await world.held(), world.upstream.seen]).toEqual([1, []])
  await world.proxy.reload(policy("other.example.com", NEW))
  expect(await asking).toEqual({ status: 200, reason: undefined })
})

test("a reload that asks no more refuses what waits", async () => {
  await using world = await openAskWorld("http")
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await world.question()
  await world.proxy.reload(policyOf([], { resolve: world.resolve, supervise: { ...ASK, onUnlisted: "refuse" } }))
  expect(await asking).toEqual({ status: 403, reason: "host-not-allowed" })
})

test("the answer to a route that the agent proposed lets waiting requests through as well", async () => {
  await using world = await openAskWorld("https")
  const asking = askThrough(world.proxy.frontPath, world.proxy.ca, `${NEW}:443`)
  await world.question()
  const proposal = { slug: SLUG, ask: { kind: "route", host: NEW }, why: "w", lifetimeMs: 60_000 } as const
  await world.proxy.ledger.propose(proposal, { actor: "agent" })
  const [, proposed] = await world.questions()
  if (proposed === undefined) throw new Error("no proposal")
  await world.answer(proposed, RUN)
  expect((await asking).status).toBe(200)
})

test("a refusal tells an agent that may ask how to do so", async () => {
  await using world = await openAskWorld("https", { onUnlisted: "refuse" })
  const { body } = await askThrough(world.proxy.frontPath, world.proxy.ca, `${NEW}:443`)
  expect(JSON.parse(`${body}`).bot_bottle_denied.hint).toContain(`ask route ${NEW}`)
})

test("without questions nothing is held", async () => {
  await using world = await openAskWorld("http", { onUnlisted: "refuse" })
  expect(await askPlain(world.proxy.frontPath, `http://${NEW}/a`)).toEqual({ status: 403, reason: "host-not-allowed" })
  expect(await world.questions()).toEqual([])
})

test("an answer that nobody pokes about is found", async () => {
  await using world = await openAskWorld("http")
  const asking = askPlain(world.proxy.frontPath, `http://${NEW}/a`)
  await world.write(await world.question(), RUN, Date.now())
  expect((await asking).status).toBe(200)
})

/** As the bottle sees them. */
async function listedHosts({ frontPath }: TestProxy): Promise<readonly string[]> {
  using raw = await connectRaw(frontPath)
  raw.send("GET http://bot-bottle.internal/allowlist HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n")
  const { routes } = JSON.parse(`${(await raw.readResponse())?.body}`)
  return routes.map(({ host }: { readonly host: string }) => host)
}
