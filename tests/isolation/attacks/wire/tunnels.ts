// Security cases 7 to 9: a tunnel opened for one host, used for another.

import { connectRaw, openTunnel, type RawConnection } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring, within } from "./attack.ts"

const SERVER_NAMES: readonly (readonly [string, string | null])[] = [
  ["the server name of an unlisted host", "evil.test"],
  ["the server name of another listed host", "other.test"],
  ["no server name", null],
]

// biome-ignore format: a table
const HOSTS: readonly (readonly [number, string, string])[] = [
  [7, "the Host of an unlisted host",      "Host: evil.test\r\n"],
  [7, "the Host of another listed host",   "Host: other.test\r\n"],
  [7, "no Host",                           ""],
  [8, "two Hosts, the right one first",    "Host: listed.test\r\nHost: evil.test\r\n"],
  [8, "two Hosts, the right one last",     "Host: evil.test\r\nHost: listed.test\r\n"],
  [8, "a user name in Host",               "Host: listed.test@evil.test\r\n"],
  [8, "two names in one Host",             "Host: listed.test, evil.test\r\n"],
]

// biome-ignore format: a table
const PLAIN: readonly (readonly [string, string])[] = [
  ["a Host that is not its target's",  "GET http://listed.test/x HTTP/1.1\r\nHost: evil.test\r\n\r\n"],
  ["a target that is not its Host's",  "GET http://evil.test/x HTTP/1.1\r\nHost: listed.test\r\n\r\n"],
  ["two Hosts",                        "GET http://listed.test/x HTTP/1.1\r\nHost: listed.test\r\nHost: evil.test\r\n\r\n"],
  ["a listed name as user name",       "GET http://listed.test@evil.test/x HTTP/1.1\r\nHost: listed.test\r\n\r\n"],
  ["a backslash before @",             "GET http://listed.test\\@evil.test/x HTTP/1.1\r\nHost: listed.test\r\n\r\n"],
  ["a tab in the authority",           "GET http://evil.test\t.listed.test/x HTTP/1.1\r\nHost: listed.test\r\n\r\n"],
  ["origin form and an unlisted Host", "GET /x HTTP/1.1\r\nHost: evil.test\r\n\r\n"],
]

// biome-ignore format: a table
const FOREIGN: readonly (readonly [string, string])[] = [
  ["HTTP without TLS", "GET / HTTP/1.1\r\nHost: listed.test\r\n\r\n"],
  ["SSH",              "SSH-2.0-OpenSSH_9.2\r\n"],
  ["SMTP",             "EHLO evil.test\r\n"],
]

const GOOD = "GET /good HTTP/1.1\r\nHost: listed.test\r\n\r\n"

export const tunnels: AttackClass = {
  title: "tunnels used for another host",
  controls: [
    {
      what: "two requests in one tunnel, all names agreeing",
      run: async (field) =>
        (await seenInTunnel(field, [GOOD, GOOD])).filter(({ target }) => target === "/good").length === 2,
    },
    {
      what: "plain HTTP to a listed host",
      run: async (field) =>
        (await seenPlain(field, "GET http://listed.test/good HTTP/1.1\r\nHost: listed.test\r\n\r\n")).length === 1,
    },
  ],
  attacks: [
    ...SERVER_NAMES.map(
      ([what, serverName]): Attack => ({
        case: 7,
        what: `a tunnel with ${what}`,
        async run(field) {
          const seen = await seenInTunnel(field, [GOOD.replace("listed.test", serverName ?? "listed.test")], serverName)
          return seen.length > 0 ? "succeeded" : "refused"
        },
      }),
    ),
    ...HOSTS.flatMap(([number, what, hosts]): readonly Attack[] => {
      const bad = `GET /bad HTTP/1.1\r\n${hosts}\r\n`
      const isThere = async (field: Field, requests: readonly string[]) =>
        (await seenInTunnel(field, requests)).some(({ target }) => target === "/bad") ? "succeeded" : "refused"
      return [
        { case: number, what: `a request with ${what}`, needs: "inspection", run: (field) => isThere(field, [bad]) },
        {
          case: number,
          what: `a second request with ${what}`,
          needs: "inspection",
          run: (field) => isThere(field, [GOOD, bad]),
        },
      ]
    }),
    {
      case: 8,
      what: "an absolute target of another host inside the tunnel",
      needs: "inspection",
      async run(field) {
        const bad = "GET https://evil.test/bad HTTP/1.1\r\nHost: listed.test\r\n\r\n"
        const seen = await seenInTunnel(field, [bad])
        return seen.some(({ at, target }) => at !== "listed.test" || target.includes("evil.test"))
          ? "succeeded"
          : "refused"
      },
    },
    ...PLAIN.map(
      ([what, bytes]): Attack => ({
        case: 8,
        what: `plain HTTP with ${what}`,
        // A proxy may also repair the request: what counts is where it arrives, and as whose.
        run: async (field) =>
          (await seenPlain(field, bytes)).some(
            ({ at, headers }) => at !== "listed.test" || headers["host"] !== "listed.test",
          )
            ? "succeeded"
            : "refused",
      }),
    ),
    {
      case: 9,
      what: "CONNECT inside the tunnel",
      needs: "inspection",
      async run(field) {
        const seen = await seenInTunnel(field, ["CONNECT evil.test:443 HTTP/1.1\r\nHost: listed.test\r\n\r\n"])
        return seen.length > 0 ? "succeeded" : "refused"
      },
    },
    ...FOREIGN.map(
      ([what, bytes]): Attack => ({
        case: 9,
        what: `${what} after CONNECT :443`,
        async run(field) {
          const seen = await seenDuring(field, async () => {
            const tunnel = await within(openTunnel(field.way.front, "listed.test:443"))
            if (tunnel?.answer.status !== 200) return
            using raw = tunnel.raw
            raw.send(bytes)
            await within(raw.closed)
          })
          return seen.length > 0 ? "succeeded" : "refused"
        },
      }),
    ),
  ],
}

async function seenInTunnel(field: Field, requests: readonly string[], serverName: string | null = "listed.test") {
  return await seenDuring(field, async () => {
    const tunnel = await within(openTunnel(field.way.front, "listed.test:443"))
    if (tunnel?.answer.status !== 200) return
    using secure = await tunnel.raw.startTls({
      ca: field.way.ca,
      believesAnyone: true,
      ...(serverName === null ? {} : { serverName }),
    })
    await sendAll(secure, requests)
  })
}

async function sendAll(connection: RawConnection, requests: readonly string[]): Promise<void> {
  for (const request of requests) await responseTo(connection, request)
}

function seenPlain(field: Field, bytes: string) {
  return seenDuring(field, async () => {
    using raw = await connectRaw(field.way.front)
    await responseTo(raw, bytes)
  })
}
