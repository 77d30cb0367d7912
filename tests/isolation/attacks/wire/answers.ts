// Security cases 13 and 14: what comes back, and who it comes from.

import { openTls } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring } from "./attack.ts"

export const REDIRECTS = ["https://evil.test/", "http://evil.test/", "//evil.test/", "https://evil.test:443/"] as const

// biome-ignore format: a table
const CERTIFICATES: readonly (readonly [string, string])[] = [
  ["expired.test",   "an expired certificate"],
  ["wrongname.test", "a certificate of another name"],
  ["stranger.test",  "a certificate of an unknown CA"],
]

export const answers: AttackClass = {
  title: "redirects and certificates",
  controls: [
    {
      what: "a good certificate is believed",
      run: async (field) => (await answered(field, "other.test", "/")) === 200,
    },
    {
      what: "a redirect reaches the client",
      run: async (field) => (await answered(field, "redirect.test", "/0")) === 302,
    },
  ],
  attacks: [
    ...REDIRECTS.map(
      (location, index): Attack => ({
        case: 13,
        what: `a redirect to ${location}`,
        async run(field) {
          const seen = await seenDuring(field, () => answered(field, "redirect.test", `/${index}`))
          return seen.some(({ at }) => at === "evil.test") ? "succeeded" : "refused"
        },
      }),
    ),
    ...CERTIFICATES.map(
      ([host, what]): Attack => ({
        case: 14,
        what: `an upstream with ${what}`,
        run: async (field) =>
          (await seenDuring(field, () => answered(field, host, "/"))).some(({ method }) => method === "GET")
            ? "succeeded"
            : "refused",
      }),
    ),
  ],
}

/** The status a client sees that checks certificates as it should. */
async function answered({ way }: Field, host: string, target: string): Promise<number | undefined> {
  using connection = await openTls(way.front, way.ca, `${host}:443`)
  return (await responseTo(connection, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`))?.status
}
