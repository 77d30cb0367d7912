// The refusal of a launch whose isolation self-test failed.

import { OperatorProblem, type SelfTestFinding } from "@bot-bottle/contracts"

/** Carries the findings of every check, not only of the failed one. */
export class IsolationFailed extends OperatorProblem {
  override readonly name = "IsolationFailed"
  readonly findings: readonly SelfTestFinding[]

  constructor(findings: readonly SelfTestFinding[]) {
    const open = findings.filter(({ ok }) => !ok)
    const seen = open.map(({ check, expected, seen }) => `${check}: expected ${expected}, seen ${seen}`)
    super(`The isolation self-test failed, so the agent was not started: ${seen.join("; ")}`, {
      hint: "bot-bottle doctor --probe tests the isolation part by part and names each fix",
      exitCode: 3,
    })
    this.findings = findings
  }
}
