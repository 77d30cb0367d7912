// Reads the cases of `policy test`: which requests a bottle must allow and which it must refuse.
// Pure: text in, cases with their lines out.

import type { ManifestProblem } from "./manifest.ts"
import { readDocument } from "./yaml/document.ts"
import { fields, listOf, type Reader, reject, type Sourced, textAs } from "./yaml/fields.ts"

export interface PolicyCase {
  readonly line: number
  readonly expects: "allow" | "deny"
  readonly method: string
  readonly url: string
  /** The reason of the refusal, where the case names one. */
  readonly reason: string | undefined
}

export interface PolicyCases {
  /** The bottle that the file names; absent where the command line names it. */
  readonly bottle: string | undefined
  readonly cases: readonly PolicyCase[]
}

export type PolicyCasesResult =
  | { readonly outcome: "parsed"; readonly cases: PolicyCases }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export function parsePolicyCases(text: string, { file }: { readonly file: string }): PolicyCasesResult {
  const read = readDocument({ text, file, firstLine: 1 }, readFile)
  if (read.outcome === "broken") return read
  const cases = read.value.cases?.value ?? []
  if (cases.length === 0)
    return { outcome: "broken", problems: [{ file, line: 1, message: "no cases", hint: EXAMPLE }] }
  return {
    outcome: "parsed",
    cases: {
      bottle: read.value.bottle?.value,
      cases: cases.map(({ value, origin }) => ({ ...value, line: origin.line })),
    },
  }
}

const EXAMPLE = "for example:  cases:  - allow: GET https://registry.example/left-pad"

interface Asked {
  readonly method: string
  readonly url: string
}

const request: Reader<Asked> = textAs("a method and a URL, such as GET https://api.example.com/v1", (text) => {
  const [, method, url] = /^([A-Za-z]+) +(\S+)$/.exec(text.trim()) ?? []
  return method === undefined || url === undefined ? undefined : { method, url }
})

const readCaseFields = fields<{ allow: Asked; deny: Asked; reason: string }>({
  allow: request,
  deny: request,
  reason: textAs("the reason of a refusal, such as host-not-allowed", (text) =>
    /^[a-z][a-z-]{0,63}$/.test(text) ? text : undefined,
  ),
})

const readCase: Reader<Omit<PolicyCase, "line">> = (node, place) => {
  const read = readCaseFields(node, place)
  if (read === undefined) return undefined
  const { allow, deny, reason } = read
  if ((allow === undefined) === (deny === undefined)) {
    // A key that did not read is reported already.
    if (
      allow !== undefined ||
      (node.kind === "mapping" && !node.entries.some(({ key }) => key === "allow" || key === "deny"))
    )
      return reject(node, place, "needs 'allow' or 'deny'", "one of them, with a method and a URL")
    return undefined
  }
  if (allow !== undefined && reason !== undefined)
    return reject(node, place, "has 'allow' and 'reason'; only a refusal has one")
  const { method, url } = (allow ?? deny)?.value ?? { method: "", url: "" }
  return { expects: allow === undefined ? "deny" : "allow", method, url, reason: reason?.value }
}

const readFile = fields<{ bottle: string; cases: readonly Sourced<Omit<PolicyCase, "line">>[] }>({
  bottle: textAs("the name of a bottle", (text) => (/^[a-z][a-z0-9-]*$/.test(text) ? text : undefined)),
  cases: listOf(readCase),
})
