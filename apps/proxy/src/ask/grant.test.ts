import { expect, test } from "bun:test"
import { type RouteProposal, Secret } from "@bot-bottle/contracts"
import { ASK, NEW, openAskWorld } from "../testing/ask-world.ts"
import { openSocketOver } from "../testing/socket-client.ts"
import { echo, startSocketUpstream } from "../testing/socket-upstream.ts"
import { policyOf, route, SLUG } from "../testing/test-proxy.ts"

const QUIET = { ...ASK, onUnlisted: "refuse" } as const
const RUN = { decision: "approved", duration: "run" } as const
const KEY = { secret: new Secret("Kq8Zt3Vw6Xy1Bn4Mc7"), injection: { header: "x-key", template: "{secret}" } }

test("a route that the agent proposed opens its methods and paths in the living policy, and no others", async () => {
  await using world = await openGrantWorld({ methods: ["GET"], paths: ["/docs"] })
  expect(await world.ask("GET", "/docs/a")).toEqual([403, "host-not-allowed"])
  await world.grant()
  expect(await world.ask("GET", "/docs/a")).toEqual([200, undefined])
  expect(await world.ask("POST", "/docs/a")).toEqual([403, "method-or-path-not-allowed"])
  expect(await world.ask("GET", "/other")).toEqual([403, "method-or-path-not-allowed"])
  await world.proxy.reload(policyOf([], { resolve: world.resolve, supervise: QUIET }))
  expect(await world.ask("GET", "/docs/a")).toEqual([200, undefined])
})

test("a tunnel that was opened for refusals serves what was granted, and a reload does not end it", async () => {
  await using world = await openGrantWorld({})
  using tunnel = await world.proxy.open(`${NEW}:443`)
  const ask = async () => {
    tunnel.send(`GET / HTTP/1.1\r\nHost: ${NEW}\r\n\r\n`)
    return (await tunnel.readResponse())?.status
  }
  expect(await ask()).toBe(403)
  await world.grant()
  expect(await ask()).toBe(200)
  await world.proxy.reload(policyOf([], { resolve: world.resolve, supervise: QUIET }))
  expect(await ask()).toBe(200)
})

// biome-ignore format: a table
test.each([
  ["denies it",                     [route(NEW, { effect: "deny" })],                                        403],
  ["gives it a credential and rules", [route(NEW, { ...KEY, matches: [{ methods: ["PUT"], paths: "every", headers: [] }] })], 403],
  ["lists it",                      [route(NEW)],                                                            200],
] as const)("a reloaded bottle that %s has the last word over a grant", async (_, routes, status) => {
  await using world = await openGrantWorld({})
  await world.grant()
  const reloaded = await world.proxy.reload(policyOf(routes, { resolve: world.resolve, supervise: QUIET }))
  expect(reloaded.status).toBe(200)
  expect((await world.ask("GET", "/"))[0]).toBe(status)
})

test("no credential of another route goes along to a host that was granted", async () => {
  await using world = await openGrantWorld({}, [route("own.example.com", KEY)])
  await world.grant()
  await world.ask("GET", "/")
  expect(JSON.stringify(world.upstream.seen)).not.toContain(KEY.secret.reveal())
})

test("a message of a WebSocket in which something was found waits for the operator", async () => {
  await using far = await startSocketUpstream({ host: NEW, onSocket: echo })
  const routes = [route(NEW), route("own.example.com", KEY)]
  const more = { resolve: { [NEW]: far.address }, upstreamCa: far.caPem, routes }
  await using world = await openAskWorld("https", { onUnlisted: "refuse", onMatch: "ask" }, more)
  const client = await openSocketOver(await world.proxy.open(`${NEW}:443`), `wss://${NEW}/chat`)
  if (!("socket" in client)) throw new Error(`refused with ${client.status}`)
  client.socket.send(`a note: ${KEY.secret.reveal()}`)
  client.socket.send("after it")
  const question = await world.question()
  expect(question.ask).toMatchObject({ cause: "dlp-match", host: NEW, detector: "known_secrets" })
  await world.answer(question, RUN)
  // In order: the second waited for the first.
  expect([await client.next(), await client.next()]).toEqual([`a note: ${KEY.secret.reveal()}`, "after it"])
  client.socket.terminate()
})

async function openGrantWorld(
  wish: Omit<RouteProposal, "kind" | "host">,
  routes: NonNullable<Parameters<typeof openAskWorld>[2]>["routes"] = [],
) {
  const world = await openAskWorld("https", QUIET, { routes })
  const proposal = { slug: SLUG, ask: { kind: "route", host: NEW, ...wish }, why: "w", lifetimeMs: 60_000 } as const
  await world.proxy.ledger.propose(proposal, { actor: "agent" })
  return {
    ...world,
    async grant() {
      await world.answer(await world.question(), RUN)
    },
    async ask(method: string, path: string) {
      using tunnel = await world.proxy.open(`${NEW}:443`)
      tunnel.send(`${method} ${path} HTTP/1.1\r\nHost: ${NEW}\r\nContent-Length: 0\r\n\r\n`)
      const answer = await tunnel.readResponse()
      return [answer?.status, answer?.headers["x-bot-bottle-reason"]]
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}
