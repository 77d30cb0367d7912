// Security cases 10, 16, 29 and 30, by the body: requests written so that the meter, the budget or the
// proxy itself would read them otherwise than the provider does.

import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { readJson, waitFor } from "@bot-bottle/testkit"
import { HOST, startWorld, type World } from "../../e2e/proxy/proxy-world.ts"

const HELLO = '"model":"claude-x","messages":[{"role":"user","content":"hi"}]'
const BLANKS = " ".repeat(300_000)
const LIMIT = 1_000

test("control: a limit above what is left leaves lowered, and is charged what it cost", async () => {
  await using world = await startWorld({ limitTokens: LIMIT })
  expect(await post(world, `{${HELLO},"max_tokens":50000}`)).toBe(200)
  expect(sentLimits(world)[0]).toBeWithin(1, LIMIT)
  await waitFor("the request to be settled", async () => (await world.usage()).requests === 1)
  expect(await world.usage()).toMatchObject({ requests: 1, charged: 50 })
})

test.each([
  ["pads its limit before", `{${HELLO},"max_tokens":${BLANKS}50000}`],
  ["pads its limit behind", `{${HELLO},"max_tokens":50000${BLANKS}}`],
  ["spells its limit in 300 KB", `{${HELLO},"max_tokens":50000.${"0".repeat(300_000)}}`],
  ["has two limits, the small one last", `{"max_tokens":50000,${HELLO},"max_tokens":1}`],
  ["has two limits, the large one escaped", `{"max\\u005ftokens":50000,${HELLO},"max_tokens":1}`],
  ["has a limit that is text", `{${HELLO},"max_tokens":"50000"}`],
  ["has a negative limit", `{${HELLO},"max_tokens":-50000}`],
  ["has a fractional limit", `{${HELLO},"max_tokens":0.5}`],
  ["names two models", `{"model":"claude-opus-4-6",${HELLO},"max_tokens":1}`],
  ["fills the ledger with its model's name", `{"model":"${"m".repeat(1_000_000)}","messages":[],"max_tokens":1}`],
  ["is made of a million objects", `{"model":"m","max_tokens":1,"messages":[${"{},".repeat(1_000_000)}{}]}`],
] as const)("INV-5: cases 29 and 30: a request that %s does not leave", async (_what, body) => {
  await using world = await startWorld({ limitTokens: LIMIT })
  expect(await post(world, body)).toBe(400)
  expect(world.provider.received).toEqual([])
  expect(await world.usage()).toMatchObject({ requests: 0, charged: 0 })
})

test.each([
  ["gzip, read and sent on unpacked", "gzip", (body: Uint8Array) => gzipSync(body), 200, 1],
  ["gzip twice", "gzip, gzip", (body: Uint8Array) => gzipSync(gzipSync(body)), 400, 0],
  ["not what it says", "gzip", (body: Uint8Array) => body, 400, 0],
  ["an encoding nobody knows", "dcb", (body: Uint8Array) => body, 400, 0],
] as const)("INV-5: case 29: a body in %s", async (_what, encoding, pack, status, counted) => {
  await using world = await startWorld({ limitTokens: LIMIT })
  const body = Buffer.from(`{${HELLO},"max_tokens":50000}`)
  expect(await post(world, pack(body), `content-encoding: ${encoding}\r\n`)).toBe(status)
  expect(sentLimits(world).every((limit) => limit <= LIMIT)).toBe(true)
  await waitFor("the request to be settled", async () => (await world.usage()).requests === counted)
  expect(await world.usage()).toMatchObject({ requests: counted, charged: counted * 50 })
})

test.each([
  ["packed once", "gzip", 1, 413],
  ["packed twice", "gzip, gzip", 2, 400],
] as const)(
  "case 29: a bomb %s is refused, and the control socket answers all the while",
  async (_how, encoding, layers, status) => {
    await using world = await startWorld()
    const member = gzipSync(new Uint8Array(32 * 1024 * 1024))
    let bomb: Uint8Array = Buffer.concat(Array.from({ length: 32 }, () => member))
    for (let layer = 1; layer < layers; layer += 1) bomb = gzipSync(bomb)
    const answered = post(world, bomb, `content-encoding: ${encoding}\r\n`)
    expect((await world.proxy.control("GET", "/status")).egress).toBe("open")
    expect(await answered).toBe(status)
    expect(world.provider.received).toEqual([])
  },
)

async function post(world: World, body: string | Uint8Array, headers = ""): Promise<number | undefined> {
  const bytes = Buffer.from(body)
  using connection = await world.open()
  connection.send(
    `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-type: application/json\r\n${headers}content-length: ${bytes.length}\r\n\r\n`,
  )
  connection.send(bytes)
  return (await connection.readResponse())?.status
}

function sentLimits(world: World): readonly number[] {
  return world.provider.received.map(({ body }) => readJson(String(body), { max_tokens: "number" }).max_tokens)
}
