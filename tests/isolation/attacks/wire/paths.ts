// Security cases 11 and 12: a path or a method that the rule reads otherwise than the upstream.

import { openTls } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring } from "./attack.ts"
import { OPEN_PREFIX } from "./upstreams.ts"

// biome-ignore format: a table
const TARGETS: readonly (readonly [string, string])[] = [
  ["a path outside",            "/secret"],
  ["the prefix without its end", "/openly"],
  ["dots",                      "/open/../secret"],
  ["dots at the end",           "/open/.."],
  ["encoded dots",              "/open/%2e%2e/secret"],
  ["half-encoded dots",         "/open/.%2E/secret"],
  ["an encoded slash",          "/open/..%2fsecret"],
  ["twice encoded dots",        "/open/%252e%252e/secret"],
  ["a backslash",               "/open/..\\secret"],
  ["an encoded backslash",      "/open/..%5csecret"],
  ["doubled slashes",           "//open/..//secret"],
  ["a path parameter",          "/open/..;/secret"],
  ["a path parameter within",   "/open/..;x=1/secret"],
  ["another case",              "/OPEN/../secret"],
  ["dots behind a dot",         "/open/./../secret"],
  ["an encoded NUL",            "/open/..%00/secret"],
]

// biome-ignore format: a table
const METHODS: readonly (readonly [string, string, RegExp])[] = [
  // what                     head                                                                      what must not arrive
  ["another method",          "DELETE /open/x HTTP/1.1\r\n",                                              /^DELETE/],
  ["TRACE",                   "TRACE /open/x HTTP/1.1\r\n",                                               /^TRACE/],
  ["a method in lower case",  "delete /open/x HTTP/1.1\r\n",                                              /^delete/i],
  ["a method override",       "GET /open/x HTTP/1.1\r\nX-HTTP-Method-Override: DELETE\r\n",               /DELETE/],
  ["a method override, too",  "GET /open/x HTTP/1.1\r\nX-Method-Override: DELETE\r\n",                    /DELETE/],
  ["a third method override", "GET /open/x HTTP/1.1\r\nX-HTTP-Method: DELETE\r\n",                        /DELETE/],
]

export const paths: AttackClass = {
  title: "path and method rules",
  controls: [
    {
      what: `GET ${OPEN_PREFIX}x arrives`,
      needs: "rules",
      run: async (field) => (await sent(field, `GET ${OPEN_PREFIX}x HTTP/1.1\r\n`)).length === 1,
    },
  ],
  attacks: [
    ...TARGETS.map(
      ([what, target]): Attack => ({
        case: 11,
        what: `${what}: ${target}`,
        needs: "rules",
        run: async (field) =>
          (await sent(field, `GET ${target} HTTP/1.1\r\n`)).some((seen) => readLeniently(seen.target).some(isOutside))
            ? "succeeded"
            : "refused",
      }),
    ),
    ...METHODS.map(
      ([what, head, forbidden]): Attack => ({
        case: 12,
        what,
        needs: "rules",
        run: async (field) =>
          (await sent(field, head)).some(({ method, headers }) =>
            forbidden.test(`${method} ${JSON.stringify(headers)}`),
          )
            ? "succeeded"
            : "refused",
      }),
    ),
  ],
}

function sent(field: Field, head: string) {
  return seenDuring(field, async () => {
    using connection = await openTls(field.way.front, field.way.ca, "rules.test:443")
    await responseTo(connection, `${head}Host: rules.test\r\n\r\n`)
  })
}

/** Ways in which real servers read a path: some decode once, some twice, some cut parameters, some fold slashes. */
function readLeniently(target: string): readonly string[] {
  const once = decode(target)
  return [target, once, decode(once)]
    .flatMap((path) => [path, path.replaceAll("\\", "/")])
    .flatMap((path) => {
      const folded = path.replace(/\/+/g, "/")
      return [folded, folded.replace(/;[^/]*/g, "")].map(
        (each) => new URL(each.replaceAll("%", "%25"), "http://x").pathname,
      )
    })
}

function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function isOutside(path: string): boolean {
  return !path.startsWith(OPEN_PREFIX)
}
