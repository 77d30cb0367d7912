// The wire cases: what a proxy that says it passes HTTP on must carry, and what it must refuse. Each
// is true when it holds.

import type { End } from "./ends.ts"

export interface World {
  readonly host: string
  agent(): Promise<End>
  far(): Promise<End | undefined>
}

export interface WireCase {
  readonly name: string
  holds(world: World): Promise<boolean>
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
const END = "\r\n\r\n"

export const head = (host: string, line: string, ...lines: string[]): string =>
  `${[`${line} HTTP/1.1`, `Host: ${host}`, ...lines].join("\r\n")}${END}`

/** One request and its answer, as each side got them. */
export async function ask(
  { host, agent, far }: World,
  line: string,
  lines: readonly string[] = [],
  { body = "", answer = OK, bodyEnd = body, answerEnd = answer.slice(-4) }: Asked = {},
): Promise<{ request: string; answer: string }> {
  const near = await agent()
  near.send(head(host, line, ...lines) + body)
  const away = await far()
  const request = (await away?.until((said) => said.includes(END) && said.includes(bodyEnd))) ?? ""
  away?.send(answer)
  const heard = await near.until((said) => said.includes(answerEnd))
  near.destroy()
  away?.destroy()
  return { request, answer: heard }
}

interface Asked {
  readonly body?: string
  readonly answer?: string
  /** The request is whole once this has come. */
  readonly bodyEnd?: string
  readonly answerEnd?: string
}

/** The target arrives as it was sent. */
const target = (name: string, path: string): WireCase => ({
  name,
  holds: async (world) => (await ask(world, `GET ${path}`)).request.startsWith(`GET ${path} HTTP/1.1\r\n`),
})

const method = (name: string): WireCase => ({
  name,
  async holds(world) {
    const { request, answer } = await ask(world, `${name} /x`)
    return request.startsWith(`${name} /x `) && answer.endsWith("ok")
  },
})

/** The request is not passed on, and its agent is told or its connection ends. */
const refused = (name: string, request: (host: string) => string): WireCase => ({
  name,
  async holds({ host, agent, far }) {
    const near = await agent()
    near.send(request(host))
    const away = await far()
    const got = (await away?.until((said) => said.includes(END))) ?? ""
    if (!got.includes(END)) return true
    away?.destroy()
    return false
  },
})

const lineOf = (message: string, name: string): readonly string[] =>
  message
    .slice(0, message.indexOf(END))
    .split("\r\n")
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))

export const REQUEST_CASES: readonly WireCase[] = [
  {
    name: "GET with a body by length",
    holds: async (world) =>
      (await ask(world, "GET /search", ["Content-Length: 11"], { body: '{"query":1}' })).request.endsWith(
        '{"query":1}',
      ),
  },
  {
    name: "GET with a body in chunks",
    holds: async (world) =>
      (
        await ask(world, "GET /search", ["Transfer-Encoding: chunked"], {
          body: "5\r\nhello\r\n0\r\n\r\n",
          bodyEnd: "hello",
        })
      ).request.includes("hello"),
  },
  target("//key", "//bucket//key"),
  target("dot segments", "/a/../b/./c"),
  target("escaped dots", "/a/%2e%2e/b"),
  target("a backslash", "/a\\b"),
  target("'{}^\"", "/'{}^\"|`<>"),
  target("a query", "/?a=b%20c+d&&x[]=1;y='\"<>{}"),
  method("LIST"),
  method("PURGE"),
  method("PROPFIND"),
  method("FROBNICATE"),
  {
    name: "a head of 20 KB",
    holds: async (world) =>
      (await ask(world, "GET /", [`X-Long: ${"a".repeat(20_000)}`])).request.includes("a".repeat(20_000)),
  },
  {
    name: "300 lines",
    holds: async (world) =>
      (
        await ask(
          world,
          "GET /",
          Array.from({ length: 300 }, (_, n) => `X-${n}: ${n}`),
        )
      ).request.includes("X-299: 299"),
  },
  {
    name: "a head of 200 KB: 431, or passed",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /", ...Array.from({ length: 25 }, (_, n) => `X-${n}: ${"a".repeat(8_000)}`)))
      const [away, said] = await Promise.all([far(), near.until((text) => text.includes(END))])
      away?.destroy()
      return said.startsWith("HTTP/1.1 431") || away !== undefined
    },
  },
  {
    name: "lines twice, apart",
    holds: async (world) =>
      lineOf((await ask(world, "GET /", ["X-A: 1", "X-B: 2", "X-A: 3"])).request, "x-a").length === 2,
  },
  {
    name: "case of names",
    holds: async (world) => (await ask(world, "GET /", ["aCCept: */*", "X-oDD: 1"])).request.includes("aCCept: */*"),
  },
  {
    name: "order of lines",
    async holds(world) {
      const { request } = await ask(world, "GET /", ["X-Z: 1", "Accept: a/b", "X-A: 2"])
      const at = ["x-z:", "accept: a/b", "x-a:"].map((line) => request.toLowerCase().indexOf(line))
      return at.every((place, index) => place >= 0 && place > (at[index - 1] ?? -1))
    },
  },
  {
    name: "nothing added to a request",
    async holds(world) {
      const { request } = await ask(world, "GET /x", ["X-A: 1"])
      return request.slice(0, request.indexOf(END)).split("\r\n").length === 3
    },
  },
  {
    name: "UTF-8 in a value",
    holds: async (world) =>
      (await ask(world, "GET /", ["X-Name: caf\xc3\xa9 \xe4\xb8\x96"])).request.includes("caf\xc3\xa9 \xe4\xb8\x96"),
  },
  {
    name: "a request's length",
    async holds(world) {
      const { request } = await ask(world, "POST /", ["Content-Length: 5"], { body: "hello" })
      return lineOf(request, "content-length").length === 1 && request.endsWith("hello")
    },
  },
  {
    name: "a request's trailers",
    holds: async (world) =>
      (
        await ask(world, "POST /", ["Transfer-Encoding: chunked", "Trailer: X-Sum"], {
          body: "5\r\nhello\r\n0\r\nX-Sum: 17\r\n\r\n",
          bodyEnd: "X-Sum: 17",
        })
      ).request.includes("X-Sum: 17"),
  },
  {
    name: "chunk extensions do not break a body",
    async holds(world) {
      const { request, answer } = await ask(world, "POST /", ["Transfer-Encoding: chunked"], {
        body: "5;a=b\r\nhello\r\n0\r\n\r\n",
        bodyEnd: "hello",
      })
      return request.includes("hello") && answer.endsWith("ok")
    },
  },
  {
    name: "Expect, the upstream's 100",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "POST /", "Content-Length: 5", "Expect: 100-continue"))
      const away = await far()
      await away?.until((said) => said.includes(END))
      // The word is the upstream's: before it, none.
      if (away === undefined || near.said.includes("100")) return false
      away.send("HTTP/1.1 100 Continue\r\n\r\n")
      const heard = await near.until((said) => said.includes(END))
      near.send("hello")
      await away.until((said) => said.endsWith("hello"))
      away.send(OK)
      return heard.startsWith("HTTP/1.1 100") && (await near.until((said) => said.endsWith("ok"))).endsWith("ok")
    },
  },
  {
    name: "Expect, a refusal in place of 100",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "POST /", "Content-Length: 5", "Expect: 100-continue"))
      const away = await far()
      await away?.until((said) => said.includes(END))
      away?.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
      return (await near.until((said) => said.endsWith("no"))).startsWith("HTTP/1.1 413")
    },
  },
  {
    name: "two requests in one packet",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /one") + head(host, "GET /two"))
      const away = await far()
      await away?.until((said) => said.includes("/one"))
      away?.send(OK)
      // On the same connection or another one.
      const second =
        away === undefined ? undefined : await Promise.race([away.until(has("/two")).then(() => away), far()])
      await second?.until(has("/two"))
      second?.send(OK)
      return (await near.until((said) => said.split("200 OK").length === 3)).split("200 OK").length === 3
    },
  },
  refused(
    "content-length and transfer-encoding",
    (host) => `${head(host, "POST /", "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  ),
  refused("two lengths", (host) => `${head(host, "POST /", "Content-Length: 5", "Content-Length: 6")}hello!`),
  refused("two hosts", (host) => head(host, "GET /", "Host: other.example.com")),
  refused("a host that the tunnel is not for", () => head("other.example.com", "GET /")),
  refused("a line that ends in LF alone", (host) => `GET / HTTP/1.1\r\nHost: ${host}\nX-A: 1\r\n\r\n`),
  refused("a folded line", (host) => head(host, "GET /", "X-A: 1\r\n 2")),
  refused("a blank before the colon", (host) => head(host, "GET /", "Content-Length : 0")),
  refused("transfer-encoding: xchunked", (host) => `${head(host, "POST /", "Transfer-Encoding: xchunked")}0\r\n\r\n`),
  {
    name: "chunk sizes 0x3, +3",
    async holds({ host, agent, far }) {
      for (const size of ["0x3", "+3", "3 "]) {
        const near = await agent()
        near.send(`${head(host, "POST /", "Transfer-Encoding: chunked")}${size}\r\nabc\r\n0\r\n\r\n`)
        const away = await far()
        if ((await away?.until(has("abc")))?.includes("abc") === true) return false
        near.destroy()
        away?.destroy()
      }
      return true
    },
  },
]

export const has = (text: string) => (said: string) => said.includes(text)
export { END, lineOf }
