// A host that speaks HTTP/2 and nothing else, as gRPC servers do: an answer with trailers, under a
// certificate of its own CA.

import { createSecureServer, type ServerHttp2Stream } from "node:http2"
import type { AddressInfo } from "node:net"
import { createTestCa } from "@bot-bottle/proxy/testing"

export interface H2Upstream extends AsyncDisposable {
  readonly address: string
  readonly caPem: string
  /** Method, path and body of each call. */
  readonly seen: readonly string[]
}

export async function startH2Only(host: string): Promise<H2Upstream> {
  const ca = createTestCa("far CA")
  const seen: string[] = []
  const server = createSecureServer({ ...ca.mint(host), allowHTTP1: false })
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = []
    stream.on("data", (chunk: Buffer) => chunks.push(chunk))
    stream.on("end", () => {
      seen.push(`${headers[":method"]} ${headers[":path"]} ${Buffer.concat(chunks)}`)
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
      stream.end("pong")
    })
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: ca.pem,
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  }
}
