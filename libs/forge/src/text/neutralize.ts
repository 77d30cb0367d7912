// Makes an agent's text harmless where a forge acts on text.
//
// A forge closes issues for `fixes #16`, notifies people for `@name` and hides what stands in
// an HTML comment. A zero-width joiner breaks each of them and leaves the text readable. It is
// put in everywhere, code blocks too: reading Markdown as the forge does would be a second
// parser to trick.
//
//   INV-200  No text of an agent hides, ends or imitates the footer.

export interface NeutralText {
  /** Closing this one is the run's task. */
  readonly assignedIssue: number
  /** People who follow the issue anyway: its author and its assignees. */
  readonly mentionable: readonly string[]
  /** `acme/widgets`: a long reference to the assigned issue may close it as well. */
  readonly repository: string
}

const JOINER = "\u200d"

/** For titles, descriptions and comments. */
export function neutralizeText(text: string, rules: NeutralText): string {
  return neutralizeLookAlikes(neutralizeMentions(neutralizeClosing(text, rules), rules.mentionable))
}

/** For the summary above a footer: a quotation that can neither end early nor hold HTML. */
export function quoteText(text: string, rules: NeutralText): string {
  const plain = neutralizeText(text, rules).replace(/<(?=[a-z/!?])/gi, `<${JOINER}`)
  return plain
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => `> ${line}`)
    .join("\n")
}

const KEYWORD = "close[sd]?|fix(?:e[sd])?|resolve[sd]?|reopen(?:s|ed)?"
const REFERENCE = "(?:@?([\\w.-]+/[\\w.-]+))?[#!](\\d+)|https?://\\S+?/([\\w.-]+/[\\w.-]+)/(?:issues|pulls)/(\\d+)"
// Between keyword and reference Gitea wants `: ` or a space; more is cut here, since forges differ.
const CLOSING = new RegExp(`(?<![\\p{L}\\p{N}_])(${KEYWORD})(?=([\\s:*_~("'\\[<>\\\\\\p{Cf}]*)(?:${REFERENCE}))`, "giu")

/** A closing keyword for an issue that is not the run's. */
export interface ForeignClosing {
  readonly line: number
  readonly text: string
}

export function findForeignClosing(
  text: string,
  rules: Pick<NeutralText, "assignedIssue" | "repository">,
): ForeignClosing | undefined {
  for (const match of text.matchAll(CLOSING)) {
    if (isAssigned(match, rules)) continue
    const line = text.slice(0, match.index).split("\n").length
    return { line, text: text.split("\n")[line - 1] ?? "" }
  }
  return undefined
}

function neutralizeClosing(text: string, rules: NeutralText): string {
  return text.replace(CLOSING, (...found) => {
    const groups = found.slice(0, 7) as unknown as RegExpMatchArray
    const keyword = groups[1] ?? ""
    return isAssigned(groups, rules) ? keyword : `${keyword[0]}${JOINER}${keyword.slice(1)}`
  })
}

function isAssigned(
  match: RegExpMatchArray,
  { assignedIssue, repository }: Pick<NeutralText, "assignedIssue" | "repository">,
): boolean {
  const [, keyword = "", , shortRepo, shortNumber, urlRepo, urlNumber] = match
  const repo = shortRepo ?? urlRepo
  const isOwnRepo = repo === undefined || repo.toLowerCase() === repository.toLowerCase()
  return isOwnRepo && Number(shortNumber ?? urlNumber) === assignedIssue && !/^reopen/i.test(keyword)
}

function neutralizeMentions(text: string, mentionable: readonly string[]): string {
  const allowed = new Set(mentionable.map((name) => name.toLowerCase()))
  return text.replace(/(?<![\p{L}\p{N}_.])@([\p{L}\p{N}_][\p{L}\p{N}_./-]*)/gu, (mention, name: string) =>
    allowed.has(name.replace(/[./-]+$/, "").toLowerCase()) ? mention : `@${JOINER}${name}`,
  )
}

/** Hidden comments always; foldable blocks only in a text that speaks of provenance. */
function neutralizeLookAlikes(text: string): string {
  const visible = text.replaceAll("<!", `<${JOINER}!`).replaceAll("<?", `<${JOINER}?`)
  if (!/provenance|🔬/iu.test(plainLetters(text))) return visible
  return visible
    .replace(/<(?=\/?\s*(?:details|summary)\b)/gi, `<${JOINER}`)
    .replaceAll("🔬", "")
    .replace(/p(?=rovenance)/gi, `$&${JOINER}`)
}

/** As a reader sees it: tags gone, entities read, look-alike letters folded. */
function plainLetters(text: string): string {
  return text
    .replace(/<[^>]*>/g, "")
    .replace(/&#(\d{1,7});?|&#x([\da-f]{1,6});?/gi, (_whole, decimal?: string, hex?: string) => {
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ""
    })
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}*_~`\\]/gu, "")
    .replace(/[аеорсѵνοερ]/gu, (letter) => FOLDED[letter] ?? letter)
}

const FOLDED: Readonly<Record<string, string>> = {
  а: "a",
  е: "e",
  о: "o",
  р: "p",
  с: "c",
  ѵ: "v",
  ν: "v",
  ο: "o",
  ε: "e",
  ρ: "p",
}
