// A problem, worded for the operator, and its exit code.

import { OperatorProblem, type ProblemExitCode, sanitizeText } from "@bot-bottle/contracts"

export interface ProblemWords {
  readonly message: string
  readonly hint?: string
  readonly exitCode: ProblemExitCode
}

export async function wordProblem(error: unknown, root: string): Promise<ProblemWords> {
  const { message, hint, exitCode } = await explain(error, root)
  // Both may quote what was typed, or what an agent called its files.
  return { message: sanitizeText(message), ...(hint === undefined ? {} : { hint: sanitizeText(hint) }), exitCode }
}

async function explain(error: unknown, root: string): Promise<ProblemWords> {
  if (error instanceof OperatorProblem) {
    const { message, hint, exitCode } = error
    return { message, ...(hint === undefined ? {} : { hint }), exitCode }
  }
  const { LedgerUnavailable } = await import("@bot-bottle/ledger")
  if (error instanceof LedgerUnavailable) {
    return {
      message: error.message,
      hint: "run 'bot-bottle doctor' to see what is wrong with the ledger",
      exitCode: 1,
    }
  }
  if (isDiskFull(error)) {
    return {
      message: `no space is left on the disk of ${root}: ${error.message}`,
      hint: "free some space; nothing is lost",
      exitCode: 1,
    }
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: `bug in bot-bottle: ${what}`, exitCode: 1 }
}

function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")
}
