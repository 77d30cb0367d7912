// The test command: every stage, or those named, each announced and judged on its own.
//
//   bun tools/test-stages.ts              all
//   bun tools/test-stages.ts unit e2e     some
//   bun tools/test-stages.ts unit libs/ledger    one, and of it only what lies there
//
// The summary names each failed test and repeats the output around it, so the end of a log is enough.
// Ends with one line, `N passed, N failed`, and exit code 1 when anything failed. The stages
// that are not tests (format, lint, types, benches) count as one each.

import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { finishOutput } from "@bot-bottle/kernel"
import { type ChosenStage, chooseStages } from "./stages/choose-stages.ts"
import { addCounts, type RunVerdict, renderTotal } from "./stages/counts.ts"
import { ROOT, STAGES, type Stage } from "./stages/stages.ts"

/** As wide as the name of a stage. */
const INDENT = " ".repeat(13)

const exitCode = await main(process.argv.slice(2))
await finishOutput(process.stdout, process.stderr)
process.exit(exitCode)

async function main(words: readonly string[]): Promise<number> {
  const choice = chooseStages(words, STAGES, (path) => existsSync(resolve(ROOT, path)))
  if (choice.outcome === "problem") {
    console.error(`bot-bottle: error: ${choice.message}`)
    console.error(`bot-bottle: hint: ${choice.hint}`)
    return 2
  }

  const results: { readonly stage: Stage; readonly verdicts: readonly RunVerdict[]; readonly seconds: string }[] = []
  for (const { stage, paths } of choice.stages) {
    console.log(`\n── ${stage.name}: ${stage.title}`)
    const startedAtMs = performance.now()
    const verdicts = await judged({ stage, paths })
    results.push({ stage, verdicts, seconds: ((performance.now() - startedAtMs) / 1000).toFixed(1) })
  }

  console.log("\n── summary")
  for (const { stage, verdicts, seconds } of results) {
    console.log(`${stage.name.padEnd(12)} ${renderTotal(addCounts(verdicts)).padEnd(32)} ${seconds} s`)
    for (const line of verdicts.flatMap(explain)) console.log(`${INDENT}${line}`.trimEnd())
  }
  const total = addCounts(results.flatMap((result) => result.verdicts))
  console.log(`\n${renderTotal(total)}`)
  return total.failed > 0 ? 1 : 0
}

function explain({ problem, failures }: RunVerdict): readonly string[] {
  const words = problem === undefined ? [] : [problem]
  return failures === undefined ? words : [...words, ...failures.names, ...failures.excerpt.map((line) => `  ${line}`)]
}

async function judged({ stage, paths }: ChosenStage<Stage>): Promise<readonly RunVerdict[]> {
  try {
    return await stage.run(paths)
  } catch (error) {
    return [
      { passed: 0, failed: 1, skipped: 0, problem: `could not run: ${error instanceof Error ? error.message : error}` },
    ]
  }
}
