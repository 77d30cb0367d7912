import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { chunksOf, waitFor } from "@bot-bottle/testkit"
import { NEW, openAskWorld } from "../testing/ask-world.ts"
import { connectRaw } from "../testing/raw-connection.ts"
import { policyOf, route } from "../testing/test-proxy.ts"

const OWN = "Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5Td9Gf2Hj"
const METERED = "sk-ant-api03-Wm4Pz7Qx2Nv9Bk6Ly1Hd8Fg3Js5"
/** Of nobody here. */
const STRANGER = `ghp_${"aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1C"}`
const RUN = { decision: "approved", duration: "run" } as const
const ONCE = { decision: "approved", duration: "once" } as const
const NO = { decision: "rejected" } as const

const LISTED = route(NEW, { scheme: "http", dlp: { outbound: "block", detect: ["known_secrets", "token_patterns"] } })
const ROUTES = [
  LISTED,
  route("own.example.com", {
    secret: new Secret(OWN),
    injection: { header: "authorization", template: "Bearer {secret}" },
  }),
  route("api.anthropic.com", {
    secret: new Secret(METERED),
    injection: { header: "x-api-key", template: "{secret}" },
    metering: { provider: "claude", api: "anthropic-messages" },
  }),
]

const WHERE: Readonly<Record<string, (text: string) => string | readonly string[]>> = {
  "a header": (text) => message(`x-note: ${text}\r\n`, "hi"),
  "the address": (text) => message("", "hi", `/x/${text}`),
  "a small body": (text) => message("", `{"key":"${text}"}`),
  "a body in chunks": (text) => chunked(`${"a".repeat(200)}${text}${"b".repeat(200)}`),
}

test.each(Object.keys(WHERE))(
  "a match in %s waits for the operator, leaves after the yes, and the question quotes nothing",
  async (where) => {
    await using world = await openMatchWorld()
    const asking = world.send(WHERE[where]?.(OWN) ?? "")
    const question = await world.question()
    expect(question.ask).toEqual({
      kind: "hold",
      cause: "dlp-match",
      host: NEW,
      port: 80,
      scheme: "http",
      rule: `test: ${NEW}`,
      detector: "known_secrets",
    })
    expect(JSON.stringify([question, await world.proxy.ledger.listAudit({})])).not.toContain(OWN.slice(0, 12))
    expect(world.received().includes(OWN)).toBe(false)
    await world.answer(question, ONCE)
    expect(await asking).toEqual({ status: 200, reason: undefined })
    expect(world.received()).toContain(OWN)
  },
)

test.each(Object.keys(WHERE))("a match in %s is refused after the operator's no", async (where) => {
  await using world = await openMatchWorld()
  const asking = world.send(WHERE[where]?.(OWN) ?? "")
  await world.answer(await world.question(), NO)
  expect(await asking).toEqual({ status: 403, reason: "approval-denied" })
  expect(world.received().includes(OWN)).toBe(false)
})

test.each(Object.keys(WHERE))(
  "a metered provider's credential in %s is refused at once: nobody is asked",
  async (where) => {
    await using world = await openMatchWorld()
    expect(await world.send(WHERE[where]?.(METERED) ?? "")).toEqual({ status: 403, reason: "dlp-match" })
    expect(await world.questions()).toEqual([])
    // Nor does a yes about another match let it out.
    const both = world.send(WHERE[where]?.(`${OWN} ${METERED}`.replace(" ", "-")) ?? "")
    for (const question of await world.soon()) await world.answer(question, RUN)
    expect(await both).toEqual({ status: 403, reason: "dlp-match" })
    expect(world.received().includes(METERED)).toBe(false)
  },
)

test("a yes about one piece of a body lets no metered credential out in a later one", async () => {
  await using world = await openMatchWorld()
  const [head = "", ...chunks] = chunked(`${OWN}${"a".repeat(500)}${METERED}${"b".repeat(500)}`)
  using raw = await connectRaw(world.proxy.frontPath)
  raw.send(head + chunks[0])
  const question = await world.question()
  for (const chunk of chunks.slice(1)) raw.send(chunk)
  await world.answer(question, RUN)
  expect((await raw.readResponse())?.headers["x-bot-bottle-reason"]).toBe("dlp-match")
  expect(world.received().includes(METERED.slice(0, 12))).toBe(false)
})

test("a yes is about one detector: what another one finds is asked about by itself", async () => {
  await using world = await openMatchWorld()
  const asking = world.send(message(`x-note: ${STRANGER}\r\n`, `{"key":"${OWN}"}`))
  const first = await world.question()
  expect(first.ask).toHaveProperty("detector", "token_patterns: github")
  await world.answer(first, RUN)
  await waitFor("the second question", async () => (await world.questions()).length === 2)
  expect(world.received()).toBe("")
  const [, second] = await world.questions()
  if (second === undefined) throw new Error("no second question")
  await world.answer(second, NO)
  expect(await asking).toEqual({ status: 403, reason: "approval-denied" })
})

test("a match that nobody answers is refused when its time is over, and counts as an attempt", async () => {
  await using world = await openMatchWorld({ askTimeoutMs: 50 })
  expect(await world.send(message(`x-note: ${OWN}\r\n`, "hi"))).toEqual({ status: 403, reason: "awaiting-approval" })
  await world.proxy.close()
  const rows = await world.proxy.ledger.listAudit()
  expect(rows.filter(({ kind }) => kind === "dlp").map(({ detail }) => detail)).toEqual([
    { host: NEW, detector: "known_secrets", outcome: "held", times: 1 },
  ])
})

test("INV-110: guesses that are sent side by side are an attempt: few wait, and the run is cut off", async () => {
  await using world = await openMatchWorld()
  const guesses = Array.from({ length: 60 }, () => world.send(message(`x-note: ${OWN}\r\n`, "hi")))
  const reasons = (await Promise.all(guesses)).map(({ reason }) => reason)
  expect(reasons.filter((reason) => reason === "dlp-match").length).toBeGreaterThanOrEqual(20)
  expect((await world.proxy.control("GET", "/status")).egress).toBe("cut")
  expect(world.received()).toBe("")
})

test("matches that the operator let through do not count as attempts, however many they are", async () => {
  await using world = await openMatchWorld()
  const first = world.send(message(`x-note: ${OWN}\r\n`, "hi"))
  await world.answer(await world.question(), RUN)
  expect((await first).status).toBe(200)
  for (let index = 0; index < 30; index++)
    expect((await world.send(message(`x-note: ${OWN}\r\n`, "hi"))).status).toBe(200)
})

test("a match that waits is refused when the bottle's policy is replaced", async () => {
  await using world = await openMatchWorld()
  const asking = world.send(message(`x-note: ${OWN}\r\n`, "hi"))
  await world.question()
  await world.proxy.reload(policyOf(ROUTES, { resolve: world.resolve }))
  expect(await asking).toEqual({ status: 403, reason: "dlp-match" })
})

test("'on_match: refuse' asks nobody", async () => {
  await using world = await openMatchWorld({ onMatch: "refuse" })
  expect(await world.send(message(`x-note: ${OWN}\r\n`, "hi"))).toEqual({ status: 403, reason: "dlp-match" })
  expect(await world.questions()).toEqual([])
})

function message(lines: string, body: string, target = "/"): string {
  return `POST http://${NEW}${target} HTTP/1.1\r\nHost: ${NEW}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** The head, and then chunks of a body of unknown length. */
function chunked(body: string): readonly string[] {
  const head = `POST http://${NEW}/ HTTP/1.1\r\nHost: ${NEW}\r\nTransfer-Encoding: chunked\r\n\r\n`
  const chunks = [...chunksOf(body, 64)].map((part) => `${part.length.toString(16)}\r\n${Buffer.from(part)}\r\n`)
  return [head, ...chunks, "0\r\n\r\n"]
}

async function openMatchWorld(supervise: Parameters<typeof openAskWorld>[1] = {}) {
  let received = ""
  const world = await openAskWorld(
    "http",
    { onUnlisted: "refuse", onMatch: "ask", ...supervise },
    { routes: ROUTES },
    async (request) => {
      received += `${request.url}\n${JSON.stringify(request.headers.toJSON())}\n${await request.text()}`
      return new Response("ok")
    },
  )
  return {
    ...world,
    received: () => received,
    async send(parts: string | readonly string[]) {
      using raw = await connectRaw(world.proxy.frontPath)
      for (const part of [parts].flat()) raw.send(part)
      const answer = await raw.readResponse()
      return { status: answer?.status, reason: answer?.headers["x-bot-bottle-reason"] }
    },
    /** The questions that a request puts, if any. */
    async soon() {
      await Bun.sleep(150)
      return world.questions()
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}
