// The relay under odd sizes and slow readers, in both directions.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { openSocketOver, type SocketClient } from "../testing/socket-client.ts"
import { echo, startSocketUpstream } from "../testing/socket-upstream.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"

const HOST = "api.example.com"
/** With a credential in the policy every message is looked through, one by one. */
const LOOKED_FOR = route("other.example.com", {
  injection: { header: "x-key", template: "{secret}" },
  secret: new Secret("sk-other-Kq8Zt3Vw6Xy1Bn4Mc7Lp"),
})

test.each([1, 2, 3])(
  "INV-8: seed %i: messages of any size in fragments of any size arrive byte for byte, both controls",
  async (seed) => {
    await using bench = await startBench()
    const { client } = bench
    const random = createRandom(seed)
    const sent: Buffer[] = []
    for (let index = 0; index < 120; index++) {
      const size = Math.floor(2 ** (random() * 18)) - 1
      const isText = random() < 0.5
      const message = isText
        ? Buffer.from(
            "aé世🎉"
              .repeat(size / 4 + 1)
              .slice(0, size)
              .toWellFormed(),
          )
        : randomBytes(size, random)
      sent.push(message)
      sendInFragments(client, message, isText, random)
      if (random() < 0.1) client.socket.ping(String(index))
    }
    for (const message of sent) {
      const back = await client.next()
      expect(Buffer.from(back as string).equals(message)).toBe(true)
    }
  },
  30_000,
)

test("a host that does not read pauses the agent, and gets everything once it reads", async () => {
  await using bench = await startBench({ isPaused: true })
  const { client, far } = bench
  const message = Buffer.alloc(256 * 1024, 1)
  const total = 200
  let taken = 0
  const allSent = Promise.withResolvers<void>()
  for (let index = 0; index < total; index++)
    client.socket.send(message, { binary: true }, () => {
      taken += 1
      if (taken === total) allSent.resolve()
    })
  await quiet(() => taken)
  expect(taken).toBeLessThan(60)
  let came = 0
  const all = Promise.withResolvers<void>()
  far.on("message", (data) => {
    came += data.length
    if (came === total * message.length) all.resolve()
  })
  far.resume()
  await Promise.all([all.promise, allSent.promise])
  expect(came).toBe(total * message.length)
}, 60_000)

test("an agent that does not read pauses the host, and gets everything once it reads", async () => {
  await using bench = await startBench()
  const { client, far } = bench
  client.socket.pause()
  const message = Buffer.alloc(256 * 1024, 1)
  const total = 200
  let taken = 0
  const allSent = Promise.withResolvers<void>()
  for (let index = 0; index < total; index++)
    far.send(message, { binary: true }, () => {
      taken += 1
      if (taken === total) allSent.resolve()
    })
  await quiet(() => taken)
  expect(taken).toBeLessThan(60)
  client.socket.resume()
  await allSent.promise
  for (let came = 0; came < total * message.length; ) came += (await client.next()).length
}, 60_000)

/** Resolves when the number has stood still for a while: there is no event for what does not happen. */
async function quiet(read: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 10; ) {
    await Bun.sleep(30)
    same = read() === last ? same + 1 : 0
    last = read()
  }
}

function sendInFragments({ socket }: SocketClient, message: Buffer, isText: boolean, random: () => number): void {
  for (let start = 0, isLast = false; !isLast; ) {
    const length = Math.floor(random() * (message.length - start + 1))
    const end = random() < 0.3 ? message.length : start + length
    isLast = end >= message.length
    socket.send(message.subarray(start, end), { binary: !isText, fin: isLast })
    start = end
  }
}

function randomBytes(size: number, random: () => number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let index = 0; index < size; index++) bytes[index] = random() * 256
  return bytes
}

/** Mulberry32: small, and the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function startBench({ isPaused = false, deflate = false } = {}) {
  const upstream = await startSocketUpstream({
    onSocket: (socket) => {
      if (isPaused) socket.pause()
      else echo(socket)
    },
  })
  const proxy = await startTestProxy({
    routes: [route(HOST), LOOKED_FOR],
    resolve: { [HOST]: upstream.address },
    upstreamCa: upstream.caPem,
  })
  const client = await openSocketOver(await proxy.open(`${HOST}:443`), `wss://${HOST}/`, { deflate })
  if ("status" in client) throw new Error(client.body)
  const far = await upstream.accepted()
  return {
    client,
    far,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
