// The wire cases of answers and of connections. Each is true when it holds.

import { ask, END, has, head, lineOf, OK, type WireCase } from "./cases.ts"

const answered = (lines: readonly string[], body = "", status = "200 OK"): string =>
  `${[`HTTP/1.1 ${status}`, ...lines].join("\r\n")}${END}${body}`

/** The answer arrives so that this is true of it. */
const answer = (
  name: string,
  sent: string,
  isRight: (heard: string) => boolean,
  { line = "GET /", answerEnd = sent.slice(-4) }: { readonly line?: string; readonly answerEnd?: string } = {},
): WireCase => ({
  name,
  holds: async (world) => isRight((await ask(world, line, [], { answer: sent, answerEnd })).answer),
})

const CHUNKED = "Transfer-Encoding: chunked"

export const ANSWER_CASES: readonly WireCase[] = [
  answer(
    "HEAD without a length",
    answered(["X-A: 1"]),
    (heard) => heard.includes("X-A: 1") && lineOf(heard, "content-length").length === 0,
    { line: "HEAD /", answerEnd: END },
  ),
  answer(
    "HEAD with a length",
    answered(["Content-Length: 1234"]),
    (heard) => lineOf(heard, "content-length")[0]?.endsWith("1234") === true,
    { line: "HEAD /", answerEnd: END },
  ),
  answer(
    "an answer's head of 20 KB",
    answered([`X-Long: ${"a".repeat(20_000)}`, "Content-Length: 2"], "ok"),
    has("a".repeat(20_000)),
  ),
  answer(
    "an answer's lines twice, apart",
    answered(["X-A: 1", "X-A: 2", "Content-Length: 2"], "ok"),
    (heard) => lineOf(heard, "x-a").length === 2,
  ),
  answer(
    "nothing added to an answer",
    answered(["X-A: 1", "Content-Length: 2"], "ok"),
    (heard) => heard.slice(0, heard.indexOf(END)).split("\r\n").length === 3,
  ),
  answer("a reason of its own, status 242", answered(["Content-Length: 2"], "ok", "242 HM"), (heard) =>
    heard.startsWith("HTTP/1.1 242 HM\r\n"),
  ),
  answer(
    "an answer's trailers",
    answered([CHUNKED, "Trailer: X-Sum"], "2\r\nok\r\n0\r\nX-Sum: 17\r\n\r\n"),
    has("X-Sum: 17"),
    { answerEnd: "X-Sum: 17" },
  ),
  answer(
    "103 Early Hints",
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
    (heard) => heard.startsWith("HTTP/1.1 103") && heard.endsWith("ok"),
  ),
  answer(
    "204",
    answered([], "", "204 No Content"),
    (heard) => heard.startsWith("HTTP/1.1 204") && lineOf(heard, "transfer-encoding").length === 0,
    { answerEnd: END },
  ),
  answer(
    "304 with its length",
    answered(["Content-Length: 5", 'ETag: "1"'], "", "304 Not Modified"),
    (heard) => heard.startsWith("HTTP/1.1 304"),
    { answerEnd: END },
  ),
  answer(
    "206",
    answered(["Content-Range: bytes 0-1/9", "Content-Length: 2"], "ok", "206 Partial Content"),
    (heard) => heard.startsWith("HTTP/1.1 206") && heard.includes("0-1/9"),
  ),
  answer(
    "a streamed answer's length of 2 GB",
    answered(["Content-Length: 2147483648"], "begins"),
    (heard) => lineOf(heard, "content-length")[0]?.endsWith("2147483648") === true,
    { answerEnd: "begins" },
  ),
  answer(
    "a packed body",
    answered(["Content-Encoding: gzip", "Content-Length: 4"], "\x1f\x8b\x08\x00"),
    (heard) => heard.endsWith("\x1f\x8b\x08\x00") && lineOf(heard, "content-encoding").length === 1,
  ),
  answer(
    "an answer with a length and chunks",
    answered(["Content-Length: 2", CHUNKED], "2\r\nok\r\n0\r\n\r\n"),
    (heard) => !heard.startsWith("HTTP/1.1 200"),
    { answerEnd: END },
  ),
  {
    name: "an answer before the request's end",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(`${head(host, "POST /", "Content-Length: 100000")}${"a".repeat(50_000)}`)
      const away = await far()
      await away?.until((said) => said.length > 1_000)
      away?.send(answered(["Content-Length: 2"], "no", "413 Too Large"))
      return (await near.until(has("no"))).startsWith("HTTP/1.1 413")
    },
  },
  {
    name: "a body until the connection closes",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered(["Connection: close"], "until the end"))
      away?.finish()
      return (await near.until(has("until the end"))).includes("until the end")
    },
  },
  {
    name: "a reset in a body is not an end",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered(["Content-Length: 1000"], "some"))
      await near.until(has("some"))
      away?.reset()
      // The agent can tell: the length was kept, and the connection ends before it.
      return (await near.isOver()) && lineOf(near.said, "content-length").length === 1
    },
  },
  {
    name: "an end in a chunk is not the end",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered([CHUNKED], "5\r\nhe"))
      away?.finish()
      await near.isOver()
      return !near.said.endsWith("0\r\n\r\n")
    },
  },
]

export const CONNECTION_CASES: readonly WireCase[] = [
  {
    name: "a pooled connection that the upstream closed",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /one"))
      const away = await far()
      await away?.until(has(END))
      away?.send(OK)
      await near.until(has("ok"))
      away?.finish()
      away?.destroy()
      await Bun.sleep(100)
      near.send(head(host, "GET /two"))
      const next = await far()
      await next?.until(has("/two"))
      next?.send(OK)
      return (await near.until((said) => said.split("200 OK").length === 3)).split("200 OK").length === 3
    },
  },
  {
    name: "GET is sent again when its pooled connection dies",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /one"))
      const away = await far()
      await away?.until(has(END))
      away?.send(OK)
      await near.until(has("ok"))
      near.send(head(host, "GET /two"))
      await away?.until(has("/two"))
      away?.reset()
      const next = await far()
      await next?.until(has("/two"))
      next?.send(OK)
      return (await near.until((said) => said.split("200 OK").length === 3)).split("200 OK").length === 3
    },
  },
  {
    name: "POST is not sent twice",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /one"))
      const away = await far()
      await away?.until(has(END))
      away?.send(OK)
      await near.until(has("ok"))
      near.send(`${head(host, "POST /two", "Content-Length: 5")}hello`)
      // On the pooled connection, or on a fresh one.
      const second = await Promise.race([
        away?.until(has("hello")).then((said) => (said.includes("hello") ? away : far())),
        far(),
      ])
      await second?.until(has("hello"))
      second?.reset()
      const third = await far()
      return third === undefined || !(await third.until(has("/two"))).includes("/two")
    },
  },
  {
    name: "a WebSocket",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(
        head(
          host,
          "GET /socket",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ),
      )
      const away = await far()
      await away?.until(has(END))
      away?.send(
        answered(
          ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI="],
          "\x81\x02hi",
          "101 Switching Protocols",
        ),
      )
      const heard = await near.until(has("hi"))
      return heard.startsWith("HTTP/1.1 101") && heard.endsWith("\x81\x02hi")
    },
  },
  {
    name: "an agent that ends its half after the request",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      near.finish()
      const away = await far()
      await away?.until(has(END))
      away?.send(OK)
      return (await near.until(has("ok"))).endsWith("ok")
    },
  },
  {
    name: "the first event of a stream",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered(["Content-Type: text/event-stream", CHUNKED], "d\r\ndata: first\n\n\r\n"))
      return (await near.until(has("data: first"))).includes("data: first")
    },
  },
  {
    name: "the head of a stream that is silent",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered(["Content-Type: text/event-stream", CHUNKED]))
      return (await near.until(has(END))).startsWith("HTTP/1.1 200")
    },
  },
  {
    name: "an agent that leaves closes its upstream",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /"))
      const away = await far()
      await away?.until(has(END))
      away?.send(answered(["Content-Type: text/event-stream", CHUNKED], "d\r\ndata: first\n\n\r\n"))
      await near.until(has("data: first"))
      near.destroy()
      return (await away?.isOver()) === true
    },
  },
  {
    name: "bytes that nobody asked for",
    async holds({ host, agent, far }) {
      const near = await agent()
      near.send(head(host, "GET /one"))
      const away = await far()
      await away?.until(has(END))
      away?.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsplit`)
      await near.until(has("ok"))
      near.send(head(host, "GET /two"))
      const next = await far()
      next?.send(OK)
      return !(await near.until((said) => said.split("200 OK").length === 3)).includes("split")
    },
  },
]
