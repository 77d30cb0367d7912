// The second net: a credential of the host's that got into the bottle does not get out again. It is
// tried in an address, a header and a body, packed, cut and encoded.

import { expect, test } from "bun:test"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { type CredentialedRoute, type Dlp, Secret } from "@bot-bottle/contracts"
import { route, SLUG, startTestProxy, startUpstream } from "@bot-bottle/proxy/testing"
import { chunksOf, waitFor } from "@bot-bottle/testkit"

const REAL = "ghp_Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5Td9Gf2Hj"
const OTHER = "sk-ant-api03-Wm4Pz7Qx2Nv9Bk6Ly1Hd8Fg3Js5"
const PADDING = "All work and no play makes Jack a dull boy.\n".repeat(2_000)

const base64 = Buffer.from(`user:${REAL}`).toString("base64")
const hex = Buffer.from(OTHER).toString("hex")

// biome-ignore format: a table
test.each([
  ["a path",                   { target: `/x/${REAL}` }],
  ["a query",                  { target: `/?q=${OTHER}` }],
  ["a query in percents",      { target: `/?q=${hex.replace(/../g, "%$&")}` }],
  ["a query, partly in percents", { target: `/?q=%67${REAL.slice(1, 10)}%${REAL.charCodeAt(10).toString(16)}${REAL.slice(11)}` }],
  ["a header",                 { headers: `x-note: ${REAL}\r\n` }],
  ["a header as base64",       { headers: `x-note: ${base64}\r\n` }],
  ["its own header",           { headers: `authorization: Bearer ${REAL}\r\n` }],
  ["a header's name",          { headers: `x${hex}: 1\r\n` }],
  ["a fragment in a cookie",   { headers: `cookie: a=${REAL.slice(10, 24)}\r\n` }],
  ["a small body",             { body: `{"key":"${REAL}"}` }],
  ["a body of another route's", { body: hex }],
  ["the middle of a large body", { body: `${PADDING.repeat(20)}${base64}${PADDING}` }],
] as const)("INV-110: a credential in %s is a 403 that does not quote it", async (_, parts) => {
  await using setting = await startSetting()
  const { target = "/", headers = "", body = "" } = parts as { target?: string; headers?: string; body?: string }
  const refused = await setting.post(target, headers, body)
  expect([refused?.status, refused?.headers["x-bot-bottle-reason"]]).toEqual([403, "dlp-match"])
  expect(refused?.body.toString()).toContain("known_secrets")
  expect(refused?.body.toString()).not.toContain(REAL.slice(4, 16))
  expect(setting.received()).not.toContain(REAL.slice(4, 16))
  expect(JSON.stringify(setting.proxy.events())).not.toContain(REAL.slice(4, 16))
  expect(setting.proxy.events()).toContainEqual(
    expect.objectContaining({ kind: "denied", reason: "dlp-match", detector: "known_secrets", host: "api.example.com" }),
  )
  // Control: the same request without it arrives whole.
  const passed = await setting.post("/x?q=1", "x-note: hello\r\n", `${PADDING}end`)
  expect([passed?.status, setting.received()]).toEqual([200, `${PADDING}end`])
})

test.each([1, 2, 7, 64, 5_000])("INV-110: a body in chunks of %i bytes is looked at across them", async (size) => {
  await using setting = await startSetting()
  const lead = "0123456789".repeat(100)
  const refused = await setting.postChunks(chunksOf(`${lead}${REAL}${lead}`, size))
  expect([refused?.status, refused?.headers["x-bot-bottle-reason"]]).toEqual([403, "dlp-match"])
  expect(setting.received()).not.toContain(REAL.slice(4, 16))
  const passed = await setting.postChunks(chunksOf(lead, size))
  expect([passed?.status, setting.received()]).toEqual([200, lead])
})

// biome-ignore format: a table
test.each([
  ["gzip",     (text: string) => gzipSync(text),                     403],
  ["zstd",     (text: string) => zstdCompressSync(text),             403],
  ["gzip, gzip", (text: string) => gzipSync(gzipSync(text)),         403],
  ["gzip",     (text: string) => gzipSync(text).subarray(0, -12),    403],
  ["compress", (text: string) => Buffer.from(text),                  403],
] as const)("INV-110: a body packed as %s is unpacked to be looked at, or refused", async (encoding, pack, status) => {
  await using setting = await startSetting()
  const headers = `content-encoding: ${encoding}\r\n`
  const refused = await setting.post("/", headers, pack(`${PADDING}${REAL}`))
  expect([refused?.status, refused?.headers["x-bot-bottle-reason"]]).toEqual([status, "dlp-match"])
  // Control: what holds nothing arrives as it was packed.
  const packed = gzipSync(PADDING)
  const passed = await setting.post("/", "content-encoding: gzip\r\n", packed)
  expect([passed?.status, setting.received("latin1")]).toEqual([200, packed.toString("latin1")])
})

test("a packed body that holds nothing is answered, however soon the upstream has all of it", async () => {
  await using setting = await startSetting()
  const packed = gzipSync(PADDING)
  const statuses: unknown[] = []
  // The upstream may answer before the end of the body was looked at: one in fifteen did.
  for (let time = 0; time < 100; time++)
    statuses.push((await setting.post("/", "content-encoding: gzip\r\n", packed))?.status)
  expect(statuses).toEqual(Array(100).fill(200))
})

test("INV-110: a find after the upstream has begun to answer breaks the answer off", async () => {
  await using setting = await startSetting(undefined, { answersEarly: true })
  using connection = await setting.proxy.open("api.example.com:443")
  connection.send("POST / HTTP/1.1\r\nHost: api.example.com\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
  const head = await connection.readHead()
  expect([head?.status, (await connection.readChunk())?.toString()]).toEqual([200, "early"])
  connection.send(`${REAL.length.toString(16)}\r\n${REAL}\r\n`)
  await expect(connection.readChunk()).rejects.toThrow()
  expect(setting.received()).not.toContain(REAL.slice(4, 16))
})

test("INV-110: where the operator says redact, it is written over in headers and bodies, and not in addresses", async () => {
  await using setting = await startSetting({ outbound: "redact", detect: ["known_secrets"] })
  const body = JSON.stringify({ key: REAL, note: "and the rest" })
  const passed = await setting.post("/", `x-note: ${REAL}!\r\n`, body)
  expect(passed?.status).toBe(200)
  expect(setting.received()).toBe(body.replace(REAL.slice(4), "*".repeat(REAL.length - 4)))
  expect(setting.seen.at(-1)?.headers["x-note"]).toBe(`ghp_${"*".repeat(REAL.length - 4)}!`)
  // The credential that is written in is none of the agent's.
  expect(setting.seen.at(-1)?.headers["authorization"]).toBe(`Bearer ${REAL}`)

  await setting.postChunks(chunksOf(PADDING + REAL + PADDING, 7))
  expect(setting.received()).toBe(`${PADDING}ghp_${"*".repeat(REAL.length - 4)}${PADDING}`)
  expect((await setting.post(`/${REAL}`, "", ""))?.status).toBe(403)
  expect((await setting.post("/", "content-encoding: gzip\r\n", gzipSync(REAL)))?.status).toBe(403)
})

test("INV-110: off looks for nothing, and only there", async () => {
  await using setting = await startSetting({ outbound: "off", detect: ["known_secrets"] })
  expect((await setting.post("/", "", REAL))?.status).toBe(200)
  expect(setting.received()).toBe(REAL)
})

test("anybody's tokens are looked for where the bottle asks for it, and nowhere else", async () => {
  const token = `ghp${"_"}${"Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7j"}`
  await using asked = await startSetting({ outbound: "block", detect: ["known_secrets", "token_patterns"] })
  const refused = await asked.post("/", "", `text ${token} text`)
  expect([refused?.status, refused?.body.toString().includes("token_patterns: github")]).toEqual([403, true])
  expect((await asked.post("/", "", REAL))?.status).toBe(403)
  expect((await asked.post("/", "", "text"))?.status).toBe(200)
  await using usual = await startSetting()
  expect((await usual.post("/", "", token))?.status).toBe(200)
})

test("what was caught is in the audit trail: at once, then counted, never quoted", async () => {
  await using setting = await startSetting()
  for (let i = 0; i < 5; i++) await setting.post("/", "", REAL)
  const { proxy } = setting
  await waitFor("a row", async () =>
    (await proxy.ledger.listAudit()).some(({ kind }) => kind === "dlp") ? true : undefined,
  )
  await proxy.close()
  const rows = (await proxy.ledger.listAudit()).filter(({ kind }) => kind === "dlp")
  expect(rows.map(({ detail }) => detail)).toEqual([
    { host: "api.example.com", detector: "known_secrets", outcome: "blocked", times: 1 },
    { host: "api.example.com", detector: "known_secrets", outcome: "blocked", times: 4 },
  ])
})

test("INV-110: who keeps trying loses its egress: no credential is learned one refusal at a time", async () => {
  await using setting = await startSetting()
  const { proxy } = setting
  const secret = REAL.slice(4)
  // An agent that knows twelve characters tries the thirteenth, and so on: each right guess is a
  // refusal.
  const answers: unknown[] = []
  for (let guess = 12; answers.length < 22; guess = 12 + ((guess - 11) % 20)) {
    answers.push(await setting.reasonOf(secret.slice(guess - 12, guess)))
  }
  // The twentieth takes its own tunnel along.
  expect(answers).toEqual([...Array(19).fill("dlp-match"), "undefined", "cut-off", "cut-off"])
  expect(await setting.reasonOf("an innocent word")).toBe("cut-off")
  expect(proxy.reports).toEqual([{ kind: "dlp-limit", matches: 20 }])
  await waitFor("the record", async () => (await proxy.ledger.findRun(SLUG))?.status === "cut")
  expect(await proxy.ledger.listEnforcement(SLUG)).toMatchObject([
    { kind: "cutoff", trigger: "watchdog", actor: "bot-bottle", outcome: "done" },
  ])
  expect((await proxy.ledger.listAudit()).map(({ kind }) => kind)).toContain("cutoff-requested")

  // The operator's word, and as many again.
  await proxy.control("POST", "/restore")
  expect((await setting.post("/", "", "an innocent word"))?.status).toBe(200)
  expect((await setting.post("/", "", REAL))?.headers["x-bot-bottle-reason"]).toBe("dlp-match")
  expect((await setting.post("/", "", "an innocent word"))?.status).toBe(200)
})

async function startSetting(dlp?: Dlp, { answersEarly = false } = {}) {
  let received: Buffer[] = []
  const upstream = startUpstream({
    async answer(request) {
      received = []
      const reading = (async () => {
        try {
          for await (const part of request.body ?? []) received.push(Buffer.from(part))
        } catch {
          // Broken off: what came before stays.
        }
      })()
      if (!answersEarly) await reading
      else return new Response(new ReadableStream({ start: (out) => out.enqueue(Buffer.from("early")) }))
      return new Response("thanks")
    },
  })
  const injection = { header: "authorization", template: "Bearer {secret}" }
  const own: CredentialedRoute = route("api.example.com", {
    injection,
    secret: new Secret(REAL),
    ...(dlp === undefined ? {} : { dlp }),
  })
  const other = route("other.example.com", { injection, secret: new Secret(OTHER) })
  const proxy = await startTestProxy({
    routes: [own, other],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: upstream.caPem,
  })
  async function send(head: string, ...parts: readonly (string | Uint8Array)[]) {
    using connection = await proxy.open("api.example.com:443")
    connection.send(`POST ${head}`)
    for (const part of parts) connection.send(part)
    return await connection.readResponse()
  }
  return {
    proxy,
    seen: upstream.seen,
    received: (encoding: BufferEncoding = "utf8") => Buffer.concat(received).toString(encoding),
    post: (target: string, headers: string, body: string | Uint8Array) => {
      const length = Buffer.byteLength(body as string)
      return send(`${target} HTTP/1.1\r\nHost: api.example.com\r\n${headers}content-length: ${length}\r\n\r\n`, body)
    },
    /** Once it is cut off, no tunnel is opened any more. */
    async reasonOf(body: string): Promise<string | undefined> {
      try {
        return String((await this.post("/", "", body))?.headers["x-bot-bottle-reason"])
      } catch (error) {
        return /"reason":"([^"]+)"/.exec(String(error))?.[1]
      }
    },
    postChunks: (chunks: readonly Uint8Array[]) =>
      send(
        "/ HTTP/1.1\r\nHost: api.example.com\r\ntransfer-encoding: chunked\r\n\r\n",
        Buffer.concat(
          chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
        ),
        "0\r\n\r\n",
      ),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
