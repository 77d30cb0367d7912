// Security cases 1 to 6 and 8: a CONNECT for an unlisted name or address, dressed as a listed one;
// and a listed name that leads inwards.

import { openTunnel } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring, within } from "./attack.ts"

const EVIL = "127.0.0.66"

// biome-ignore format: a table
const AUTHORITIES: readonly (readonly [number, string, string])[] = [
  // case  authority                              what
  [1, "evil.test:443",                            "a host on no list"],
  [2, "evil.test\u0000.a.wild.test:443",          "a NUL before a listed suffix"],
  [2, "evil.test%00.a.wild.test:443",             "an encoded NUL before a listed suffix"],
  [2, "evil.test\t.a.wild.test:443",              "a tab before a listed suffix"],
  [2, "evil.test .a.wild.test:443",               "a space before a listed suffix"],
  [2, "evil.test\r\nX: .a.wild.test:443",         "a line break before a listed suffix"],
  [2, "evil.test\u007f.a.wild.test:443",          "a DEL before a listed suffix"],
  [2, "evil.test:443#.a.wild.test:443",           "a fragment with a listed suffix"],
  [2, "evil.test:443/.a.wild.test:443",           "a path with a listed suffix"],
  [2, "evil.test:443?.a.wild.test:443",           "a query with a listed suffix"],
  [3, "EVIL.test:443",                            "another case"],
  [3, "evil.test.:443",                           "a trailing dot"],
  [3, "evil.test..:443",                          "two trailing dots"],
  [3, "evil\u3002test:443",                       "an ideographic full stop"],
  [3, "\uff45vil.test:443",                       "a full-width letter"],
  [4, "evillisted.test:443",                      "a listed name as the end of another"],
  [4, "listed.test.evil.test:443",                "a listed name as the start of another"],
  [4, "wild.test:443",                            "a wildcard's own apex"],
  [4, "evilwild.test:443",                        "a wildcard's apex as the end of another"],
  [5, `${EVIL}:443`,                              "an address"],
  [5, "2130706498:443",                           "an address as one number"],
  [5, "0x7f000042:443",                           "an address in hex"],
  [5, "0177.0.0.0102:443",                        "an address in octal"],
  [5, "127.66:443",                               "a short address"],
  [5, `[::ffff:${EVIL}]:443`,                     "an address mapped to IPv6"],
  [5, "[::ffff:7f00:42]:443",                     "an address mapped to IPv6, in hex"],
  [8, "listed.test@evil.test:443",                "a listed name as user name"],
  [8, "listed.test:443@evil.test:443",            "a listed authority as user name and password"],
  [8, "listed.test\\@evil.test:443",              "a listed name before a backslash"],
]

const INWARDS: readonly (readonly [string, string])[] = [
  ["loopback.test", "127.0.0.9"],
  ["mapped.test", "::ffff:127.0.0.9"],
  ["sixth.test", "::1"],
]

export const names: AttackClass = {
  title: "names and addresses",
  controls: ["listed.test", "a.wild.test"].map((host) => ({
    what: `CONNECT ${host}:443 reaches it`,
    run: async (field) => (await reached(field, `${host}:443`, host)).includes(host),
  })),
  attacks: [
    ...AUTHORITIES.map(
      ([number, authority, what]): Attack => ({
        case: number,
        what: `CONNECT with ${what}`,
        run: async (field) =>
          (await reached(field, authority, "evil.test")).includes("evil.test") ? "succeeded" : "refused",
      }),
    ),
    ...INWARDS.map(
      ([host, address]): Attack => ({
        case: 6,
        what: `a listed name that resolves to ${address}`,
        run: async (field) => ((await reached(field, `${host}:443`, host)).length > 0 ? "succeeded" : "refused"),
      }),
    ),
  ],
}

/** Which hosts a request in this tunnel reached. */
async function reached(field: Field, authority: string, serverName: string): Promise<readonly string[]> {
  const seen = await seenDuring(field, async () => {
    const tunnel = await within(openTunnel(field.way.front, Buffer.from(authority).toString("latin1")))
    if (tunnel?.answer.status !== 200) return
    using secure = await tunnel.raw.startTls({ serverName, ca: field.way.ca, believesAnyone: true })
    await responseTo(secure, `GET / HTTP/1.1\r\nHost: ${serverName}\r\n\r\n`)
  })
  return seen.filter(({ method }) => method === "GET").map(({ at }) => at)
}
