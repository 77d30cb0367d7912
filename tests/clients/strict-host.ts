// A far host that passes over nothing of a request: a search, which is a GET with a body, and a
// vault, whose lists have a method of their own. Bun's own server drops the one and refuses the other.

import type { TestCa } from "@bot-bottle/proxy/testing"
import type { Socket } from "bun"
import { ANSWER } from "./far-host.ts"

const HEAD_END = "\r\n\r\n"

export interface StrictHost extends AsyncDisposable {
  readonly address: string
}

export function startStrictHost(host: string, ca: TestCa): StrictHost {
  const server = Bun.listen<{ held: Buffer }>({
    hostname: "127.0.0.1",
    port: 0,
    tls: ca.mint(host),
    socket: {
      open(socket) {
        socket.data = { held: Buffer.alloc(0) }
      },
      data(socket, chunk) {
        socket.data.held = Buffer.concat([socket.data.held, chunk])
        while (answerOne(socket));
      },
    },
  })
  return {
    address: `127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      server.stop(true)
    },
  }
}

/** False while the first request is not whole. */
function answerOne(socket: Socket<{ held: Buffer }>): boolean {
  const { held } = socket.data
  const end = held.indexOf(HEAD_END)
  if (end === -1) return false
  const head = held.toString("latin1", 0, end)
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0)
  const next = end + HEAD_END.length + length
  if (held.length < next) return false
  const [method = "", path = ""] = head.split(" ", 2)
  const body = held.toString("utf8", end + HEAD_END.length, next)
  socket.data.held = held.subarray(next)
  socket.write(path.startsWith("/search/") ? found(method, body) : listed(method))
  return true
}

/** Says what it was asked: a search whose body was lost on the way is one over everything. */
function found(method: string, query: string): string {
  const hits = { total: { value: 1, relation: "eq" }, hits: [{ _source: { method, query } }] }
  return response(200, { took: 1, timed_out: false, hits }, "x-elastic-product: Elasticsearch\r\n")
}

function listed(method: string): string {
  return method === "LIST" ? response(200, { data: { keys: [ANSWER] } }) : response(405, { errors: [`not ${method}`] })
}

function response(status: number, value: object, more = ""): string {
  const body = JSON.stringify(value)
  return `HTTP/1.1 ${status} Answer\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
}
