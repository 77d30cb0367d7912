// What the texts really count: by ctok, which agrees with the provider's counting endpoint on the
// millions of texts it was compared on. It is a Python package, so its counts are recorded beside
// this file, by the text's hash; a text that has changed since is counted when ctok is at hand.

import { join } from "node:path"
import type { Sample } from "./corpora.ts"

/** Tokens of the whole request, of the earlier tokenizer and the newer. */
export type Counts = readonly [earlier: number, newer: number]

const RECORD = join(import.meta.dir, "counts.json")
// One call for all: reading its vocabularies takes a second.
const COUNT = `
import json, sys, ctok
frame = [ctok.token_count("", version) for version in ("3.0", "4.8")]
count = lambda text, i: ctok.token_count(text, ("3.0", "4.8")[i]) - frame[i]
json.dump([[frame[i] + sum(count(text, i) for text in texts) for i in (0, 1)] for texts in json.load(sys.stdin)], sys.stdout)
`

export async function loadRecorded(samples: readonly Sample[]): Promise<ReadonlyMap<Sample, Counts>> {
  const recorded = (await Bun.file(RECORD).json()) as Record<string, Counts>
  return new Map(
    samples.flatMap((sample) => {
      const counts = recorded[keyOf(sample)]
      return counts === undefined ? [] : [[sample, withAdded(sample, counts)] as const]
    }),
  )
}

/** Counts every sample with ctok and writes the record anew. `python` is an interpreter that has it. */
export async function record(samples: readonly Sample[], python: string): Promise<ReadonlyMap<Sample, Counts>> {
  const texts = JSON.stringify(samples.map((sample) => sample.texts))
  const process = Bun.spawn([python, "-c", COUNT], { stdin: new Blob([texts]), stdout: "pipe", stderr: "inherit" })
  const output = await new Response(process.stdout).text()
  if ((await process.exited) !== 0) throw new Error(`${python} could not count; it needs: pip install ctok`)
  const counts = JSON.parse(output) as readonly Counts[]
  const entries = samples.map((sample, index) => [sample, counts[index] ?? [0, 0]] as const)
  const lines = entries.map(([sample, pair]) => `  "${keyOf(sample)}": [${pair.join(", ")}]`).sort()
  await Bun.write(RECORD, `{\n${lines.join(",\n")}\n}\n`)
  return new Map(entries.map(([sample, pair]) => [sample, withAdded(sample, pair)]))
}

function withAdded({ addedTokens }: Sample, [earlier, newer]: Counts): Counts {
  return [earlier + addedTokens, newer + addedTokens]
}

function keyOf(sample: Sample): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(sample.texts)).digest("hex").slice(0, 16)
}
