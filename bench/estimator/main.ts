// Measures the estimate of a request's input: against real counts, and what it costs to make.
// Fails when a request is estimated under its count, or a corpus at more than 15 % above.
//
//   bun bench/estimator/main.ts [--smoke] [--record <python that has ctok>]

import { parseArgs } from "node:util"
import { findModelApi } from "@bot-bottle/providers"
import { loadCorpora, type Sample } from "./corpora.ts"
import { type Counts, loadRecorded, record } from "./reference.ts"

const { values } = parseArgs({
  options: { smoke: { type: "boolean", default: false }, record: { type: "string" } },
})
const MODELS = ["claude-haiku-4-5", "claude-opus-4-8"] as const
const MOST_OVER = 0.15

const samples = await loadCorpora()
const counts = values.record === undefined ? await loadRecorded(samples) : await record(samples, values.record)
await measureCost(values.smoke ? 2 : 9)
const failures = [...(await measureAccuracy(0)), ...(await measureAccuracy(1))]
if (counts.size < samples.length)
  console.log(
    `\n${samples.length - counts.size} of ${samples.length} texts changed since they were counted: left out (--record counts them)`,
  )
if (counts.size === 0) failures.push("nothing is recorded")
for (const failure of failures) console.error(`failed: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)

async function estimate(request: object, model: string): Promise<number> {
  const body = Buffer.from(JSON.stringify({ model, max_tokens: 1, ...request }))
  const read = await findModelApi("anthropic-messages")?.readRequest(body)
  if (read === undefined) throw new Error("the request was not read")
  return read.inputTokens
}

async function measureAccuracy(which: 0 | 1): Promise<readonly string[]> {
  const model = MODELS[which]
  const rows = await Promise.all(
    [...counts].map(async ([sample, real]) => ({ sample, real: real[which], over: await overOf(sample, real, which) })),
  )
  console.log(`\n${model}: estimate over count        texts     total    least   most   under`)
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
    failures.push(...under.map(({ sample, over }) => `${model}: ${corpus}, ${sample.name}: ${percent(over)}`))
    if (total > MOST_OVER) failures.push(`${model}: ${corpus}: ${percent(total)} over in all`)
  }
  return failures
}

async function overOf(sample: Sample, real: Counts, which: 0 | 1): Promise<number> {
  return (await estimate(sample.request, MODELS[which])) / real[which] - 1
}

async function measureCost(rounds: number): Promise<void> {
  const code = samples
    .filter(({ corpus }) => corpus === "TypeScript")
    .flatMap(({ texts }) => texts)
    .join("\n")
  const content = code.repeat(Math.ceil(1_000_000 / code.length)).slice(0, 1_000_000)
  for (const model of MODELS) {
    const before = settledMemory()
    const first = await timed(() => estimate({ messages: [] }, model))
    const loaded = settledMemory()
    const whole: Timed[] = []
    for (let round = 0; round < rounds; round++)
      whole.push(await timed(() => estimate({ messages: [{ role: "user", content: `${round}${content}` }] }, model)))
    const [cold] = whole
    const best = whole.toSorted((a, b) => a.ms - b.ms)[0]
    console.log(
      `${model}: vocabulary ${ms(first.ms)} (blocks ${ms(first.blockedMs)}), memory after it +${Math.round((loaded - before) / 1e6)} MB; ` +
        `1 MB body ${ms(cold?.ms)} at first (blocks ${ms(cold?.blockedMs)}), ${ms(best?.ms)} at best (blocks ${ms(best?.blockedMs)})`,
    )
  }
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
