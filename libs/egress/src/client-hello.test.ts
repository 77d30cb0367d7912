import { expect, test } from "bun:test"
import { once } from "node:events"
import { connect } from "node:tls"
import { type ClientHello, readClientHello } from "./client-hello.ts"

test("a real client's hello is read at its last byte and incomplete at every byte before", async () => {
  const bytes = await captureHello({ servername: "api.example.com" })
  for (let length = 0; length < bytes.length; length++)
    expect([length, readClientHello(bytes.subarray(0, length))]).toEqual([length, { kind: "incomplete" }])
  expect(readClientHello(bytes)).toEqual(hello("api.example.com"))
  expect(readClientHello(Buffer.concat([bytes, Buffer.from("early data")]))).toEqual(hello("api.example.com"))
})

test("a real client without a server name sends a hello without one", async () => {
  expect(readClientHello(await captureHello({}))).toEqual(hello(undefined))
})

test.each([1, 2, 7, 64, 16_384])("a real hello cut into records of %d bytes is the same hello", async (size) => {
  const bytes = inRecords((await captureHello({ servername: "api.example.com" })).subarray(5), size)
  for (let length = 0; length < bytes.length; length += 3)
    expect(readClientHello(bytes.subarray(0, length))).toEqual({ kind: "incomplete" })
  expect(readClientHello(bytes)).toEqual(hello("api.example.com"))
})

test.each([
  ["plain HTTP", "GET / HTTP/1.1\r\n\r\n"],
  ["SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["a proxy request inside the tunnel", "CONNECT evil.io:443 HTTP/1.1\r\n\r\n"],
  ["an SSLv2 hello", "\x80\x2e\x01\x03\x01\x00"],
  ["application data", "\x17\x03\x03\x00\x05hello"],
  ["an alert", "\x15\x03\x03\x00\x02\x02\x28"],
  ["zeroes", "\0\0\0\0\0\0"],
])("%s is not TLS from its first byte on", (_what, text) => {
  const bytes = Buffer.from(text, "latin1")
  for (let length = 1; length <= bytes.length; length++)
    expect(readClientHello(bytes.subarray(0, length))).toEqual({ kind: "not-tls" })
})

const name = extension(0, nameList([0, "a.test"]))
// biome-ignore format: a table
test.each([
  ["no extensions at all",          built({ extensions: undefined }),                                 hello(undefined)],
  ["an empty extension list",       built({ extensions: [] }),                                        hello(undefined)],
  ["a name between others",         built({ extensions: [extension(43, [1]), name, extension(16, [])] }), hello("a.test")],
  ["an encrypted hello",            built({ extensions: [name, extension(0xfe0d, [0])] }),            { ...hello("a.test"), encryptedHello: true }],
  ["a name as it was sent",         built({ extensions: [extension(0, nameList([0, "A.Test."]))] }),  hello("A.Test.")],
  ["two names",                     built({ extensions: [extension(0, nameList([0, "a.test"], [0, "b.test"]))] }), notTls()],
  ["two name extensions",           built({ extensions: [name, name] }),                              notTls()],
  ["two of another extension",      built({ extensions: [name, extension(16, []), extension(16, [])] }), notTls()],
  ["a name of another type",        built({ extensions: [extension(0, nameList([1, "a.test"]))] }),   notTls()],
  ["an empty name",                 built({ extensions: [extension(0, nameList([0, ""]))] }),         notTls()],
  ["an empty name list",            built({ extensions: [extension(0, [0, 0])] }),                    notTls()],
  ["an empty name extension",       built({ extensions: [extension(0, [])] }),                        notTls()],
  ["a NUL in the name",             built({ extensions: [extension(0, nameList([0, "a.test\0.evil"]))] }), notTls()],
  ["a space in the name",           built({ extensions: [extension(0, nameList([0, "a test"]))] }),   notTls()],
  ["a name of 256 bytes",           built({ extensions: [extension(0, nameList([0, "a".repeat(256)]))] }), notTls()],
  ["bytes after the name list",     built({ extensions: [extension(0, [...nameList([0, "a.test"]), 0])] }), notTls()],
  ["bytes after the extensions",    record(22, handshake(1, [...fields(), ...block(2, name), 0])),    notTls()],
  ["an extension beyond its list",  built({ extensions: [[0, 0, 0, 99, 0]] }),                        notTls()],
  ["a hello that ends early",       record(22, handshake(1, fields().slice(0, 20))),                  notTls()],
  ["a hello of no bytes",           record(22, handshake(1, [])),                                     notTls()],
  ["a server hello",                record(22, handshake(2, fields())),                               notTls()],
  ["a record of another version",   [22, 2, 0, 0, 4, 1, 0, 0, 0],                                     notTls()],
  ["an empty record",               [22, 3, 1, 0, 0],                                                 notTls()],
  ["a record above 16 KiB",         [22, 3, 1, 0x40, 1],                                              notTls()],
  ["a hello above 16 KiB",          record(22, [1, 0, 0x40, 0]),                                      notTls()],
  ["an alert between fragments",    [...record(22, [1, 0, 0, 9]), ...record(21, [2, 40])],            notTls()],
  ["an application record between", [...record(22, [1]), ...record(23, [0, 0, 9])],                   notTls()],
] as const)("%s", (_what, bytes, expected) => {
  expect(readClientHello(Uint8Array.from(bytes))).toEqual(expected)
})

test("16 KiB without a whole hello are not TLS", () => {
  const drip = Array.from({ length: 3000 }, (_, index) =>
    record(22, index === 0 ? [1] : [index === 1 ? 0 : 0x3f]),
  ).flat()
  expect(readClientHello(Uint8Array.from(drip.slice(0, 16_383)))).toEqual({ kind: "incomplete" })
  expect(readClientHello(Uint8Array.from(drip.slice(0, 16_384)))).toEqual({ kind: "not-tls" })
})

test("no cut and no flipped byte of a real hello throws", async () => {
  const bytes = await captureHello({ servername: "api.example.com" })
  for (let at = 0; at < bytes.length; at++)
    for (const value of [0, 1, 0x7f, 0xff]) {
      const flipped = Uint8Array.from(bytes)
      flipped[at] = value
      expect(["incomplete", "not-tls", "hello"]).toContain(readClientHello(flipped).kind)
    }
})

/** The first bytes a real TLS client writes. The server answers nothing and hangs up. */
async function captureHello(options: { servername?: string }): Promise<Buffer> {
  const chunks: Buffer[] = []
  const captured = Promise.withResolvers<void>()
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, chunk) {
        chunks.push(Buffer.from(chunk))
        const bytes = Buffer.concat(chunks)
        if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return
        captured.resolve()
        socket.end()
      },
    },
  })
  const client = connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false, ...options })
  client.on("error", () => {}) // it is hung up on
  const closed = once(client, "close")
  await captured.promise
  client.destroy()
  await closed
  return Buffer.concat(chunks)
}

function hello(serverName: string | undefined): ClientHello {
  return { kind: "hello", serverName, encryptedHello: false }
}

function notTls(): ClientHello {
  return { kind: "not-tls" }
}

function built({ extensions }: { extensions: readonly (readonly number[])[] | undefined }): number[] {
  return record(22, handshake(1, [...fields(), ...(extensions === undefined ? [] : block(2, extensions.flat()))]))
}

/** Version, random, session id, one cipher suite, null compression. */
function fields(): number[] {
  return [3, 3, ...Array<number>(32).fill(7), ...block(1, [9, 9]), ...block(2, [0x13, 0x01]), ...block(1, [0])]
}

function nameList(...names: readonly (readonly [type: number, text: string])[]): number[] {
  return block(
    2,
    names.flatMap(([type, text]) => [type, ...block(2, [...Buffer.from(text, "latin1")])]),
  )
}

function extension(type: number, content: readonly number[]): number[] {
  return [type >> 8, type & 255, ...block(2, content)]
}

function handshake(type: number, body: readonly number[]): number[] {
  return [type, 0, ...block(2, body)]
}

function record(type: number, payload: readonly number[]): number[] {
  return [type, 3, 1, ...block(2, payload)]
}

function block(width: 1 | 2, content: readonly number[]): number[] {
  return [...(width === 2 ? [content.length >> 8] : []), content.length & 255, ...content]
}

function inRecords(payload: Uint8Array, size: number): Uint8Array {
  const records: number[][] = []
  for (let at = 0; at < payload.length; at += size) records.push(record(22, [...payload.subarray(at, at + size)]))
  return Uint8Array.from(records.flat())
}
