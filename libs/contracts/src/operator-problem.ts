// The one kind of error that an operator reads: the problem, and a hint how to fix it. Thrown
// anywhere, caught only by an app's main.ts.

/** 1 operator problem, 2 bad usage, 3 no isolation available (product.md). */
export type ProblemExitCode = 1 | 2 | 3

export class OperatorProblem extends Error {
  override readonly name: string = "OperatorProblem"
  readonly hint: string | undefined
  readonly exitCode: ProblemExitCode

  constructor(message: string, options: { hint?: string; exitCode?: ProblemExitCode; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint
    this.exitCode = options.exitCode ?? 1
  }
}
