// Tags of a run: names and values that its usage is added up by, such as `issue=123`.

import { OperatorProblem } from "../operator-problem.ts"

export type Tags = Readonly<Record<string, string>>

export const MAX_TAGS = 16
export const MAX_TAG_VALUE = 200
const NAME = /^[a-z][a-z0-9_.-]{0,31}$/
/** Printable, and nothing that moves a terminal's cursor or hides. */
const VALUE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u

export function isTagName(name: string): boolean {
  return NAME.test(name)
}

export function isTagValue(value: string): boolean {
  return value.length <= MAX_TAG_VALUE && VALUE.test(value) && value.trim() === value
}

/** `--tag`, as often as given. Throws OperatorProblem, as bad usage. */
export function parseTags(texts: readonly string[]): Tags {
  const tags: Record<string, string> = {}
  for (const text of texts) {
    const at = text.indexOf("=")
    const [name, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]
    if (at < 0) throw badTag(`--tag '${text}' has no value`)
    if (!isTagName(name)) {
      throw badTag(`--tag: '${name}' is not a valid name: lower-case letters, digits, '.', '_' and '-', at most 32`)
    }
    if (!isTagValue(value)) {
      throw badTag(
        `--tag ${name}: its value must be printable, at most ${MAX_TAG_VALUE} characters, without spaces around`,
      )
    }
    if (Object.hasOwn(tags, name)) throw badTag(`--tag ${name} is given twice`)
    tags[name] = value
  }
  if (Object.keys(tags).length > MAX_TAGS) throw badTag(`a run has at most ${MAX_TAGS} tags`)
  return tags
}

/** A forge run's own: its cost is added up by issue and by pull request. */
export const ISSUE_TAG = "issue"
export const PULL_REQUEST_TAG = "pr"

/** `octo/shop#317`: numbers repeat from one repository to the next. */
export function forgeTagValue({ owner, repo }: { readonly owner: string; readonly repo: string }, number: number) {
  return `${owner}/${repo}#${number}`
}

function badTag(message: string): OperatorProblem {
  return new OperatorProblem(message, { exitCode: 2, hint: "for example: --tag issue=123 --tag team=search" })
}
