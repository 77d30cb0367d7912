// `policy test`: holds a bottle to the cases of a file. Exit code 1 when a verdict surprises, so
// that a CI of people's own can keep their bottles as they mean them.

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { asOperatorProblem, type PolicyCase, parsePolicyCases, shownPath } from "@bot-bottle/manifest"
import { type Explanation, explain, parsePolicyRequest } from "@bot-bottle/policy"
import type { Host } from "../../host.ts"
import { type BottlePolicy, loadBottlePolicy } from "../../policy/bottle-policy.ts"
import { verdictJson, verdictLines, wordVerdict } from "../../policy/describe-verdict.ts"
import { printWrapped } from "../../terminal/print-wrapped.ts"

export interface PolicyTestFlags {
  readonly bottle?: readonly string[]
  readonly json?: boolean
}

interface Outcome {
  readonly asked: PolicyCase
  readonly request: ReturnType<typeof parsePolicyRequest>
  readonly explanation: Explanation
  readonly isAsExpected: boolean
}

export async function runPolicyTest(host: Host, path: string, flags: PolicyTestFlags): Promise<number> {
  const { screen } = host
  const file = resolve(host.env.cwd, path)
  const parsed = parsePolicyCases(readCases(file), { file })
  if (parsed.outcome === "broken") throw asOperatorProblem(parsed.problems)
  const { bottle, cases } = parsed.cases
  const names = flags.bottle ?? (bottle === undefined ? [] : [bottle])
  const policy = await loadBottlePolicy(host, names)
  const outcomes = cases.map((asked) => tryCase(policy, asked, file))
  const surprises = outcomes.filter(({ isAsExpected }) => !isAsExpected)

  if (flags.json === true) {
    screen.print(
      JSON.stringify(
        outcomes.map((outcome) => outcomeJson(outcome, policy.name)),
        null,
        2,
      ),
    )
  } else {
    for (const { asked, request, explanation } of surprises) {
      const wanted = asked.reason === undefined ? asked.expects : `${asked.expects} for ${asked.reason}`
      const title = screen.paint.named("red", `${shownPath(file)}:${asked.line}: expected ${wanted}`)
      printWrapped(screen, title, { hang: 2 })
      for (const line of verdictLines(wordVerdict(request, explanation, { bottle: policy.name })))
        printWrapped(screen, `  ${line}`, { hang: 9 })
    }
    screen.print(
      `${policy.names.join(" + ")}: ${outcomes.length - surprises.length} of ${outcomes.length} cases as expected`,
    )
  }
  return surprises.length === 0 ? 0 : 1
}

function tryCase({ table }: BottlePolicy, asked: PolicyCase, file: string): Outcome {
  const request = withPlace(file, asked.line, () => parsePolicyRequest(asked.method, asked.url))
  const explanation = explain(table, request)
  const { verdict } = explanation
  const isAsExpected =
    verdict.outcome === asked.expects &&
    (asked.reason === undefined || (verdict.outcome === "deny" && verdict.reason === asked.reason))
  return { asked, request, explanation, isAsExpected }
}

function outcomeJson({ asked, request, explanation, isAsExpected }: Outcome, bottle: string) {
  return {
    line: asked.line,
    expected: asked.expects,
    expected_reason: asked.reason ?? null,
    as_expected: isAsExpected,
    ...verdictJson(request, explanation, bottle),
  }
}

function readCases(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code)
    throw new OperatorProblem(`${sanitizeLine(file)} cannot be read: ${why}`, { exitCode: 2 })
  }
}

function withPlace<T>(file: string, line: number, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof OperatorProblem)) throw error
    throw new OperatorProblem(`${shownPath(file)}:${line}: ${error.message}`)
  }
}
