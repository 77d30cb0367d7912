// Asks a command of the operator's for a credential, such as a password manager's. It is named in a
// bottle, which only the operator writes. Its output goes nowhere but into requests of the proxy. It
// runs in `/`, not in the folder that bot-bottle was typed in.

import { OperatorProblem, SEALED_FOLDER, type Secret } from "@bot-bottle/contracts"
import { loadSecret } from "./load-secret.ts"

/** A person may have to unlock it. */
const TIMEOUT_MS = 60_000
const MAX_OUTPUT_BYTES = 64 * 1024

/** `at`: where it is named, for messages. Throws OperatorProblem, which quotes nothing that the command wrote. */
export function runTokenCommand(argv: readonly string[], at: string): Secret {
  const [program = ""] = argv
  const what = `${at}: token_cmd '${program}'`
  const hint = `run it yourself to see what is wrong: ${argv.join(" ")}`
  const ended = run(argv, what)
  if (ended.exitedDueToTimeout === true)
    throw new OperatorProblem(`${what} did not end within ${TIMEOUT_MS / 1000} s`, { hint })
  if (!ended.success) throw new OperatorProblem(`${what} failed (exit ${ended.exitCode})`, { hint })
  const text = ended.stdout.toString("utf8").trim()
  if (text === "") throw new OperatorProblem(`${what} printed nothing`, { hint })
  return loadSecret(`what ${program} printed`, `${at}: it must print the credential alone`, text)
}

function run(argv: readonly string[], what: string) {
  try {
    return Bun.spawnSync([...argv], {
      cwd: SEALED_FOLDER,
      stdin: "ignore",
      stdout: "pipe",
      // Where a password manager asks to be unlocked.
      stderr: "inherit",
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown"
    throw new OperatorProblem(`${what} cannot be started (${code})`, { hint: "install it, or give its absolute path" })
  }
}
