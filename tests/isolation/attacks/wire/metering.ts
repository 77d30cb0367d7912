// Security cases 28 and 29: spending that the meter would not see.

import { openTls } from "@bot-bottle/proxy/testing"
import { waitFor } from "@bot-bottle/testkit"
import { type Attack, type AttackClass, type Field, responseTo, settled } from "./attack.ts"

/** The tokens that `model.test` bills for each answer, however it sends it. */
export const BILLED = { input: 40, output: 60 } as const
const TOTAL = BILLED.input + BILLED.output

export const ASK = { model: "claude-x", max_tokens: 100, messages: [{ role: "user", content: "hi" }] }

/** How the provider may answer, asked for by a header of the client's. */
export const MOODS = [
  "whole",
  "without a media type",
  "in a media type nobody knows",
  "torn",
  "without usage",
  "of another model",
] as const

export const metering: AttackClass = {
  title: "spending unseen",
  controls: [
    {
      what: "a whole answer is charged what it is billed",
      needs: "meter",
      run: async (field) => (await chargedFor(field, "whole")) === TOTAL,
    },
  ],
  attacks: [
    ...MOODS.slice(1).map(
      (mood): Attack => ({
        case: mood === "torn" || mood === "without usage" ? 28 : 29,
        what: `an answer ${mood}`,
        needs: "meter",
        run: async (field) => ((await chargedFor(field, mood)) < TOTAL ? "succeeded" : "refused"),
      }),
    ),
  ],
}

/** Waits for the ledger: a proxy settles when the answer has ended, which is after the client has read it. */
async function chargedFor(field: Field, mood: string): Promise<number> {
  const charges = async () => (await field.way.charges?.()) ?? { requests: 0, tokens: 0 }
  const before = await charges()
  await settled(() => post(field, ASK, mood))
  const after = await waitFor("the request to be recorded", async () => {
    const now = await charges()
    return now.requests > before.requests && now
  })
  return after.tokens - before.tokens
}

export async function post({ way }: Field, request: object, mood = "whole"): Promise<void> {
  using connection = await openTls(way.front, way.ca, "model.test:443")
  const body = JSON.stringify(request)
  const head = [
    "POST /v1/messages HTTP/1.1",
    "Host: model.test",
    "content-type: application/json",
    `x-mood: ${mood}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  await responseTo(connection, `${head.join("\r\n")}\r\n\r\n${body}`)
}
