// The true token counts of the texts, by tokenizers of others. For Claude it is ctok, a Python
// package that agrees with the provider's counting endpoint on the millions of texts it was
// compared on. For OpenAI it is its own tiktoken, compiled from Rust, from npm. Their counts are
// recorded beside this file, by the text's hash; a text that has changed since is counted when they
// are at hand.

import { join, resolve } from "node:path"
import { readJson, readShape } from "@bot-bottle/testkit"
import type { Sample } from "./sample.ts"

/** Tokens of all texts, as each of a provider's two tokenizers counts them: the earlier and the newer, or o200k and cl100k. */
export type Counts = readonly [first: number, second: number]

// One call for all: reading its vocabularies takes a second.
const COUNT_BY_CTOK = `
import json, sys, ctok
frame = [ctok.token_count("", version) for version in ("3.0", "4.8")]
count = lambda text, i: ctok.token_count(text, ("3.0", "4.8")[i]) - frame[i]
json.dump([[frame[i] + sum(count(text, i) for text in texts) for i in (0, 1)] for texts in json.load(sys.stdin)], sys.stdout)
`

const RECORDS = { claude: "counts.json", openai: "counts-openai.json" } as const
export type Provider = keyof typeof RECORDS

export async function loadRecorded(samples: readonly Sample[], of: Provider): Promise<ReadonlyMap<Sample, Counts>> {
  const recorded = readJson(await Bun.file(recordOf(of)).text(), "object")
  return new Map(
    samples.flatMap((sample) => {
      const counts = recorded[keyOf(sample)]
      return counts === undefined ? [] : [[sample, countsOf(readShape(counts, ["number"]))] as const]
    }),
  )
}

/** Counts every sample with ctok and rewrites the record. `python` is an interpreter that has it. */
export async function recordClaude(samples: readonly Sample[], python: string): Promise<ReadonlyMap<Sample, Counts>> {
  const texts = JSON.stringify(samples.map((sample) => sample.texts))
  const process = Bun.spawn([python, "-c", COUNT_BY_CTOK], {
    stdin: new Blob([texts]),
    stdout: "pipe",
    stderr: "inherit",
  })
  const output = await new Response(process.stdout).text()
  if ((await process.exited) !== 0) throw new Error(`${python} could not count; it needs: pip install ctok`)
  return write(samples, "claude", readJson(output, [["number"]]).map(countsOf))
}

/** The same with tiktoken. `folder` is one in which `npm install tiktoken` was run. */
export async function recordOpenAi(samples: readonly Sample[], folder: string): Promise<ReadonlyMap<Sample, Counts>> {
  const { get_encoding: encodingOf } = await import(join(resolve(folder), "node_modules/tiktoken"))
  const [o200k, cl100k] = [encodingOf("o200k_base"), encodingOf("cl100k_base")]
  const count = (texts: readonly string[], by: typeof o200k) =>
    // Control tokens in a text are text to the provider, too.
    texts.reduce((sum, text) => sum + by.encode(text, [], []).length, 0)
  return write(
    samples,
    "openai",
    samples.map(({ texts }) => [count(texts, o200k), count(texts, cl100k)]),
  )
}

async function write(
  samples: readonly Sample[],
  of: Provider,
  counts: readonly Counts[],
): Promise<ReadonlyMap<Sample, Counts>> {
  const entries = samples.map((sample, index) => [sample, counts[index] ?? [0, 0]] as const)
  const lines = entries.map(([sample, pair]) => `  "${keyOf(sample)}": [${pair.join(", ")}]`).sort()
  await Bun.write(recordOf(of), `{\n${lines.join(",\n")}\n}\n`)
  return new Map(entries)
}

function recordOf(of: Provider): string {
  return join(import.meta.dir, RECORDS[of])
}

function keyOf(sample: Sample): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(sample.texts)).digest("hex").slice(0, 16)
}

function countsOf([first, second]: readonly number[]): Counts {
  if (first === undefined || second === undefined) throw new Error("A sample has two counts")
  return [first, second]
}
