// Measures the estimate of a request's input: against real counts, and what it costs to make.
// Fails when a request is estimated under its count, or a corpus at more than 15 % above.
//
//   bun bench/estimator/main.ts [--smoke] [--record <python that has ctok>] [--record-openai <folder with tiktoken>]

import { parseArgs } from "node:util"
import { findModelApi } from "@bot-bottle/model-apis"
import { loadCorpora } from "./corpora.ts"
import { openAiFrameTokens, toChatRequest, toResponsesRequest } from "./openai-request.ts"
import { type Counts, loadRecorded, type Provider, recordClaude, recordOpenAi } from "./reference.ts"
import type { Sample } from "./sample.ts"

interface Contender {
  readonly api: string
  readonly model: string
  readonly provider: Provider
  /** Which of the provider's tokenizers the model has. */
  readonly tokenizer: 0 | 1
  compose(sample: Sample): object
  /** The tokens that the provider adds to the texts, by its documentation. */
  addedTokens(sample: Sample): number
}

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    record: { type: "string" },
    "record-openai": { type: "string" },
  },
})
const claude = { api: "anthropic-messages", provider: "claude", ...asItIs() } as const
const openAi = { provider: "openai", addedTokens: openAiFrameTokens } as const
const CONTENDERS: readonly Contender[] = [
  { ...claude, model: "claude-haiku-4-5", tokenizer: 0 },
  { ...claude, model: "claude-opus-4-8", tokenizer: 1 },
  { ...openAi, api: "openai-responses", model: "gpt-5.2", tokenizer: 0, compose: toResponsesRequest },
  { ...openAi, api: "chat-completions", model: "gpt-4o", tokenizer: 0, compose: toChatRequest },
  { ...openAi, api: "chat-completions", model: "gpt-4", tokenizer: 1, compose: toChatRequest },
]
const MAX_OVER = 0.15

const samples = await loadCorpora()
const counts = {
  claude:
    values.record === undefined ? await loadRecorded(samples, "claude") : await recordClaude(samples, values.record),
  openai:
    values["record-openai"] === undefined
      ? await loadRecorded(samples, "openai")
      : await recordOpenAi(samples, values["record-openai"]),
}
for (const contender of CONTENDERS) await measureCost(contender, values.smoke ? 2 : 9)
const failures: string[] = []
for (const contender of CONTENDERS) failures.push(...(await measureAccuracy(contender, counts[contender.provider])))
for (const [provider, counted] of Object.entries(counts)) {
  if (counted.size < samples.length)
    console.log(
      `\n${provider}: ${samples.length - counted.size} of ${samples.length} texts changed since they were counted: left out (--record counts them)`,
    )
  if (counted.size === 0) failures.push(`nothing is recorded for ${provider}`)
}
for (const failure of failures) console.error(`failed: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)

function asItIs() {
  return { compose: (sample: Sample) => sample.request, addedTokens: (sample: Sample) => sample.addedTokens }
}

async function estimate(request: object, { api, model }: Contender): Promise<number> {
  const body = Buffer.from(JSON.stringify({ model, max_tokens: 1, ...request }))
  const read = await findModelApi(api)?.readRequest(body)
  if (read === undefined) throw new Error("the request was not read")
  return read.inputTokens
}

async function measureAccuracy(contender: Contender, counted: ReadonlyMap<Sample, Counts>): Promise<readonly string[]> {
  const title = `${contender.model}, ${contender.api}`
  const rows = await Promise.all(
    [...counted].map(async ([sample, both]) => {
      const real = both[contender.tokenizer] + contender.addedTokens(sample)
      return { sample, real, over: (await estimate(contender.compose(sample), contender)) / real - 1 }
    }),
  )
  console.log(`\n${title}: estimate over count`)
  console.log(`  ${"".padEnd(36)} texts     total   least    most   under`)
  const failures: string[] = []
  for (const corpus of new Set(rows.map(({ sample }) => sample.corpus))) {
    const those = rows.filter(({ sample }) => sample.corpus === corpus)
    const overs = those.map(({ over }) => over)
    const total =
      those.reduce((sum, { real, over }) => sum + real * over, 0) / those.reduce((sum, { real }) => sum + real, 0)
    const under = those.filter(({ over }) => over < 0)
    const figures = [total, Math.min(...overs), Math.max(...overs)].map((share) => percent(share).padStart(8)).join("")
    console.log(
      `  ${corpus.padEnd(36)}${String(those.length).padStart(6)}  ${figures}${percent(under.length / those.length).padStart(8)}`,
    )
    failures.push(...under.map(({ sample, over }) => `${title}: ${corpus}, ${sample.name}: ${percent(over)}`))
    if (total > MAX_OVER) failures.push(`${title}: ${corpus}: ${percent(total)} over in all`)
  }
  return failures
}

async function measureCost(contender: Contender, rounds: number): Promise<void> {
  const code = samples
    .filter(({ corpus }) => corpus === "TypeScript")
    .flatMap(({ texts }) => texts)
    .join("\n")
  const content = code.repeat(Math.ceil(1_000_000 / code.length)).slice(0, 1_000_000)
  const compose = (messages: readonly object[]) =>
    contender.api === "openai-responses" ? { input: messages } : { messages }
  const before = settledMemory()
  const first = await timed(() => estimate(compose([]), contender))
  const loaded = settledMemory()
  const whole: Timed[] = []
  for (let round = 0; round < rounds; round++) {
    const request = compose([{ role: "user", content: `${round}${content}` }])
    whole.push(await timed(() => estimate(request, contender)))
  }
  const [cold] = whole
  const best = whole.toSorted((a, b) => a.ms - b.ms)[0]
  console.log(
    `${contender.model}: vocabulary ${ms(first.ms)} (blocks ${ms(first.blockedMs)}), memory after it +${Math.round((loaded - before) / 1e6)} MB; ` +
      `1 MB body ${ms(cold?.ms)} at first (blocks ${ms(cold?.blockedMs)}), ${ms(best?.ms)} at best (blocks ${ms(best?.blockedMs)})`,
  )
}

function settledMemory(): number {
  Bun.gc(true)
  return process.memoryUsage().rss
}

interface Timed {
  readonly ms: number
  /** The longest time in which nothing else had its turn. */
  readonly blockedMs: number
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const startMs = performance.now()
  let turnMs = startMs
  let blockedMs = 0
  let working = true
  const takeTurn = () => {
    const nowMs = performance.now()
    blockedMs = Math.max(blockedMs, nowMs - turnMs)
    turnMs = nowMs
    if (working) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  await work()
  working = false
  return { ms: performance.now() - startMs, blockedMs: Math.max(blockedMs, performance.now() - turnMs) }
}

function ms(value: number | undefined): string {
  return `${(value ?? 0).toFixed(0)} ms`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
