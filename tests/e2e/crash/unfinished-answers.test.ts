// Security case 28, from inside a bottle. An answer that ends without its cost is charged what was
// seen and an estimate of the rest, and the row says that it is one.

import { expect, test } from "bun:test"
import type { StandInReply } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const USAGE = { inputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 40, reasoningTokens: 0 }
const MAX_TOKENS = 100
/** Some eighteen tokens of text, in pieces of four. */
const TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"

/** Of an answer that its client leaves midway. */
const EVENTS_SEEN = 5

/** A client leaves once it has seen what its case says: by then the provider has been asked. */
const SCRIPT = `
for (const model of process.argv.at(-1).split(" ")) {
  const gone = new AbortController()
  const leaves = { "client-gone-before-usage-sse": 0, "client-gone-midway-sse": ${EVENTS_SEEN} }[model] ?? Infinity
  const read = async ({ body }) => {
    let text = ""
    const leave = () => { if (text.split("\\n\\n").length > leaves) gone.abort() }
    leave()
    for await (const bytes of body) { text += Buffer.from(bytes).toString(); leave() }
  }
  const answer = fetch("https://api.anthropic.com/v1/messages", {
    method: "POST", proxy: process.env.HTTPS_PROXY, signal: gone.signal,
    headers: { "content-type": "application/json", "x-api-key": "placeholder" },
    body: JSON.stringify({ model, max_tokens: ${MAX_TOKENS}, stream: model.endsWith("-sse"), messages: [{ role: "user", content: "one two three" }] }),
  }).then(read)
  console.log(model, await answer.then(() => "whole", () => "broken"))
}`

interface Booked {
  readonly estimated: 0 | 1
  readonly least: number
  readonly most: number
}

const EXACT: Booked = { estimated: 0, least: 49, most: 49 }
/** Nothing was seen of a stream: its input, as estimated. */
const INPUT_ONLY: Booked = { estimated: 1, least: 9, most: 48 }
/** Its input, and the pieces that went by. */
const PARTLY: Booked = { estimated: 1, least: 10, most: 48 }
/** A body is billed whole, however much of it arrived: the reservation. */
const RESERVED: Booked = { estimated: 1, least: MAX_TOKENS + 9, most: MAX_TOKENS + 60 }

const never = Promise.withResolvers<void>().promise

// biome-ignore format: a table
const CASES: Readonly<Record<string, readonly [Partial<StandInReply>, Booked]>> = {
  "whole-sse":                    [{},                                                     EXACT],
  "whole-json":                   [{},                                                     EXACT],
  "client-gone-before-usage-sse": [{ beforeEvent: () => never },                           INPUT_ONLY],
  "client-gone-midway-sse":       [{ beforeEvent: (i) => (i < EVENTS_SEEN ? undefined : never) },    PARTLY],
  "usage-never-sent-sse":         [{ tearAfterEvents: 0 },                                 INPUT_ONLY],
  "usage-never-sent-json":        [{ tearAfterEvents: 1 },                                 RESERVED],
  "reset-midway-sse":             [{ tearAfterEvents: 5 },                                 PARTLY],
}

test("INV-9: each unfinished answer is recorded once, flagged, and charged what it can have cost", async () => {
  await using host = await openCliHost({
    reply: ({ body }) => ({ text: TEXT, usage: USAGE, ...CASES[JSON.parse(body).model]![0] }),
  })
  await host.write("bottles/dev.md", scriptBottle(SCRIPT))
  await host.write("agents/impl.md", agentIn("dev"))
  const models = Object.keys(CASES)
  const run = await host.run("start", "impl", "--headless", "--prompt", models.join(" "))
  expect(run.stdout.trim().split("\n")).toEqual(
    models.map((model) => `${model} ${model.startsWith("whole-") ? "whole" : "broken"}`),
  )

  expect(host.standIn.bill.length).toBe(models.length)
  const { rows } = readJson((await host.run("usage", "--by", "model", "--json")).stdout, {
    rows: [{ model: "string", requests: "number", estimated_requests: "number", charged_tokens: "number" }],
  })
  const booked = new Map(rows.map((row) => [row.model, row]))
  const shown = models.map((model) => {
    const { requests, estimated_requests, charged_tokens } = booked.get(model) ?? {}
    return { model, requests, estimated: estimated_requests, charged: charged_tokens }
  })
  expect(shown).toEqual(
    models.map((model) => {
      const [, { estimated, least, most }] = CASES[model]!
      const charged = booked.get(model)?.charged_tokens ?? -1
      return {
        model,
        requests: 1,
        estimated,
        charged: charged >= least && charged <= most ? charged : `${least}..${most}`,
      }
    }) as typeof shown,
  )
}, 30_000)
