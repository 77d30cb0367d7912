// Security cases 16, 18 and 19: a key of the agent's own on its way out, the operator's on its way in.

import { openTls } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring, settled } from "./attack.ts"

const OWN = "sk-agents-own-key"

// biome-ignore format: a table
const WAYS: readonly (readonly [string, string, string])[] = [
  // what                   target                       headers
  ["Authorization",         "/",                         `Authorization: Bearer ${OWN}\r\n`],
  ["Authorization, twice",  "/",                         `Authorization: Bearer x\r\nAuthorization: Bearer ${OWN}\r\n`],
  ["x-api-key",             "/",                         `x-api-key: ${OWN}\r\n`],
  ["Proxy-Authorization",   "/",                         `Proxy-Authorization: Bearer ${OWN}\r\n`],
  ["a cookie",              "/",                         `Cookie: session=${OWN}\r\n`],
  ["?key=",                 `/?key=${OWN}`,              ""],
  ["?api_key=",             `/?a=1&api_key=${OWN}`,      ""],
  ["?access_token=",        `/?access_token=${OWN}&b=1`, ""],
  ["?Api%5FKey=",           `/?Api%5FKey=${OWN}`,        ""],
]

export const ECHOES = ["header", "body", "redirect"] as const

export const credentials: AttackClass = {
  title: "credentials",
  controls: [
    {
      what: "the operator's credential arrives",
      needs: "credentials",
      run: async (field) =>
        (await sent(field, "/", "")).some(
          ({ headers }) => headers["authorization"]?.includes(field.assignment.secret) === true,
        ),
    },
  ],
  attacks: [
    ...WAYS.map(
      ([what, target, headers]): Attack => ({
        case: 16,
        what: `a key of the agent's own by ${what}`,
        needs: "credentials",
        run: async (field) =>
          JSON.stringify(await sent(field, target, headers)).includes(OWN) ? "succeeded" : "refused",
      }),
    ),
    ...ECHOES.map(
      (where): Attack => ({
        case: 18,
        what: `the operator's credential echoed in a ${where}`,
        needs: "credentials",
        async run(field) {
          using connection = await openTls(field.way.front, field.way.ca, "key.test:443")
          const answer = await responseTo(connection, `GET /echo-${where} HTTP/1.1\r\nHost: key.test\r\n\r\n`)
          const text = JSON.stringify(answer?.headers) + (answer?.body.toString("latin1") ?? "")
          return text.includes(field.assignment.secret) ? "succeeded" : "refused"
        },
      }),
    ),
    {
      case: 16,
      what: "the operator's credential sent to another listed host by naming it in a tunnel of that host's",
      needs: "credentials",
      async run(field) {
        const seen = await seenDuring(field, async () => {
          using connection = await openTls(field.way.front, field.way.ca, "listed.test:443")
          await settled(() => responseTo(connection, "GET / HTTP/1.1\r\nHost: key.test\r\n\r\n"))
        })
        const leaked = seen.some(
          (each) => each.at !== "key.test" && JSON.stringify(each).includes(field.assignment.secret),
        )
        return leaked ? "succeeded" : "refused"
      },
    },
  ],
}

function sent(field: Field, target: string, headers: string) {
  return seenDuring(field, async () => {
    using connection = await openTls(field.way.front, field.way.ca, "key.test:443")
    await responseTo(connection, `GET ${target} HTTP/1.1\r\nHost: key.test\r\n${headers}\r\n`)
  })
}
