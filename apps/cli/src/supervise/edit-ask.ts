// A question in the operator's editor, as JSON: what is saved is what would be granted.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Ask, OperatorProblem, type Proposal, sanitizeLine } from "@bot-bottle/contracts"
import { parseAsk } from "@bot-bottle/supervise"
import type { Host } from "../host.ts"
import { findEditor, openEditor } from "../terminal/editor.ts"

/** Undefined when the operator left nothing in the file. Throws OperatorProblem for an ask that is not valid. */
export async function editAsk(host: Host, { id, slug, ask, why }: Proposal): Promise<Ask | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-ask-"))
  const file = join(folder, `question-${id}.json`)
  try {
    const about = [
      `Question #${id} of ${slug}.`,
      `Why: ${sanitizeLine(why)}`,
      "Save an empty file to leave it as it is.",
    ]
    writeFileSync(file, `${about.map((line) => `// ${line}\n`).join("")}${JSON.stringify(ask, null, 2)}\n`, {
      mode: 0o600,
    })
    await openEditor(findEditor(host), file, host.env)
    return readAsk(readFileSync(file, "utf8"), ask)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readAsk(text: string, before: Ask): Ask | undefined {
  const body = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("//"))
    .join("\n")
    .trim()
  if (body === "") return undefined
  const parsed = parseAsk(parseValue(body))
  if (parsed.outcome === "invalid") throw notGranted(parsed.problem)
  if (parsed.ask.kind !== before.kind) throw notGranted(`'kind' stays "${before.kind}"`)
  return parsed.ask
}

function parseValue(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw notGranted("it is not valid JSON")
  }
}

function notGranted(problem: string): OperatorProblem {
  return new OperatorProblem(`nothing was granted: ${problem}`, { hint: "edit it again" })
}
