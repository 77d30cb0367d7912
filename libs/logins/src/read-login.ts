// Reads one login. A file that others can read, or that is invalid, is an error that names the fix:
// a key that somebody else may have copied should be replaced, not used.

import { readFileSync, statSync } from "node:fs"
import { OperatorProblem, quoteCommand, type StoredLogin } from "@bot-bottle/contracts"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { MAX_STORED_LOGIN, storedLoginSchema } from "@bot-bottle/contracts/messages/stored-login"

/** Throws OperatorProblem for a file that cannot be trusted. */
export function readLogin(path: string): StoredLogin {
  const { mode, uid } = statSync(path)
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
    throw new OperatorProblem(`${path} can be read by other users`, {
      hint: `replace the key, or if nobody else could log in here: ${quoteCommand(["chmod", "600", path])}`,
    })
  }
  const parsed = parseMessage(storedLoginSchema, readFileSync(path, "utf8"), { maxLength: MAX_STORED_LOGIN })
  if (parsed.outcome === "parsed") return parsed.message
  throw new OperatorProblem(`${path} is not a valid login: ${parsed.problem}`, {
    hint: `remove it: ${quoteCommand(["rm", path])}`,
  })
}
