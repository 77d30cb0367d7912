// Finds the database's password where PostgreSQL's own tools look for it: ~/.pgpass.

import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"

export interface PasswordPlace {
  readonly hostname: string
  readonly port: number
  readonly database: string
  readonly username: string
}

/** The first line that matches, as in libpq. Throws OperatorProblem for a file that others can read. */
export function findPassword(place: PasswordPlace, home: string): string | undefined {
  const path = join(home, ".pgpass")
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) return undefined
  if (found.mode & 0o077)
    throw new OperatorProblem(`Other users can read ${path}`, { hint: quoteCommand(["chmod", "600", path]) })
  const wanted = [place.hostname, String(place.port), place.database, place.username]
  for (const line of readFileSync(path, "utf8").split(/\r?\n/)) {
    const fields = splitLine(line)
    if (line.startsWith("#") || fields.length < 5) continue
    if (wanted.every((value, index) => fields[index] === "*" || fields[index] === value)) return fields[4]
  }
  return undefined
}

/** A backslash takes the next character as it is. */
function splitLine(line: string): readonly string[] {
  const fields: string[] = []
  let field = ""
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ":") {
      fields.push(field)
      field = ""
    } else field += line[at] === "\\" ? (line[++at] ?? "") : line[at]
  }
  return [...fields, field]
}
