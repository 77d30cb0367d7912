// The flags of `resume`, and what can be wrong with them before any state is read.

import { OperatorProblem, type ResumeFlags } from "@bot-bottle/contracts"

export type { ResumeFlags }

/** Throws OperatorProblem for flags that contradict each other, or leave out what they need. */
export function checkResumeFlags({ slug, headless, prompt }: ResumeFlags): void {
  const problem = findProblem(headless === true, prompt)
  if (problem === undefined) return
  throw new OperatorProblem(problem, { exitCode: 2, hint: `the headless form is: ${headlessForm(slug)}` })
}

export function headlessForm(slug: string): string {
  return `bot-bottle resume ${slug} --headless --prompt '…'`
}

function findProblem(isHeadless: boolean, prompt: string | undefined): string | undefined {
  if (!isHeadless) return undefined
  if (prompt === undefined) return "resume --headless needs --prompt"
  return prompt.trim() === "" ? "--prompt is empty" : undefined
}
