// The prose of the repository: comments, messages and documents as sentences, and the rules of plain
// English that they are held to. `prose.test.ts` counts what breaks them.
//
// Found by regular expressions. A rule that needs a parser of English is not here.

export interface Sentence {
  readonly path: string
  readonly line: number
  readonly text: string
}

export interface Finding extends Sentence {
  readonly rule: string
}

/** What a reader must not have to decode: the rule, and how to write it instead. */
interface Rule {
  readonly name: string
  readonly pattern: RegExp
  readonly instead: string
}

// biome-ignore format: a table
export const RULES: readonly Rule[] = [
  { name: "opening",       pattern: /^(?:What|Who|Whom|Whose|Whoever|Whatever|Whichever|Of what|Of which|One (?:that|who|which)|That which)\b(?!.*\?$)/, instead: "name the actor: the launcher, the client, a file" },
  { name: "is no X",       pattern: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|other\b|one\b|such\b|less\b|fewer\b|better\b|different\b|later\b|earlier\b|slower\b|longer\b|larger\b|smaller\b)\w+/i, instead: "is not a valid X, invalid X, has no X" },
  { name: "banned word",   pattern: /\b(?:anew|bring back|brought back|brings back|mend|mends|mended|mending|patience|go on|goes on|went on|going on|gone on|colours?|coloured|doorman|lifeline|nudged?|nudges|tidied up|tidy up|tidies up|walls?(?! time|-clock)|canary|canaries|hears?|heard|books|booked|aloud)\b/i, instead: "again, restore, fix, timeout, continue, color, tunnel policy, control channel, wake, clean up, isolation, receive, ledger" },
  { name: "is none",       pattern: /\b(?:that|which|this|it|one|name|ones) (?:is|are) none\b(?! of)|\bwould be none\b/i, instead: "is invalid, is not one, does not exist" },
]

/** Sentences longer than this are counted apart. */
export const MAX_WORDS = 30

export function findProse(path: string, text: string): readonly Sentence[] {
  return path.endsWith(".md") ? sentencesOfMarkdown(path, text) : sentencesOfTypeScript(path, text)
}

export function breaches(sentence: Sentence): readonly Finding[] {
  return RULES.filter(({ pattern }) => pattern.test(sentence.text)).map(({ name }) => ({ ...sentence, rule: name }))
}

export function isLong({ text }: Sentence): boolean {
  return text.split(/\s+/).filter((word) => /\w/.test(word)).length > MAX_WORDS
}

function sentencesOfTypeScript(path: string, text: string): readonly Sentence[] {
  const lines = text.split("\n")
  const sentences: Sentence[] = []
  let block: { start: number; text: string[] } | undefined
  const close = () => {
    if (block !== undefined) sentences.push(...split(path, block.start, block.text.join(" ")))
    block = undefined
  }
  lines.forEach((line, index) => {
    const comment = /^\s*(?:\/\/|\/\*\*?|\*(?!\/))\s?(.*?)(?:\*\/)?\s*$/.exec(line)?.[1]
    const isBreak = comment === undefined || comment.trim() === "" || /^(?:biome-ignore|\s{2,})/.test(comment)
    if (isBreak) close()
    else {
      block ??= { start: index + 1, text: [] }
      block.text.push(comment.trim())
    }
    // An indented line of a header is an invariant's text: a block of its own.
    if (comment !== undefined && /^\s{2,}\S/.test(comment)) {
      block = { start: index + 1, text: [comment.trim().replace(/^INV-\d+\s+/, "")] }
    }
    if (comment === undefined) sentences.push(...messagesOf(path, index + 1, line))
  })
  close()
  return sentences
}

/** Texts for people: a string with at least three words. Code in `${}` counts as one word. */
function messagesOf(path: string, line: number, code: string): readonly Sentence[] {
  const strings = [...code.matchAll(/"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`|'((?:[^'\\]|\\.)*)'/g)]
  return strings
    .map((match) => (match[1] ?? match[2] ?? match[3] ?? "").replace(/\$\{[^}]*\}/g, "X"))
    .filter((text) => /^[^<{[]*\w+ \w+ \w+/.test(text))
    .flatMap((text) => split(path, line, text))
}

function sentencesOfMarkdown(path: string, text: string): readonly Sentence[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, (code) => code.replace(/[^\n]/g, ""))
  let line = 1
  return prose.split(/(\n(?=\n|[-*#|>] ?|\d+\. ))/).flatMap((paragraph) => {
    const start = line + (/^\s*/.exec(paragraph)?.[0] ?? "").split("\n").length - 1
    line += paragraph.split("\n").length - 1
    // A title may begin as it likes.
    if (/^\s*#/.test(paragraph)) return [{ path, line: start, text: paragraph.replace(/^\s*#+/, "title:").trim() }]
    return paragraph
      .split(/(?<=\s)\|(?=\s)/)
      .flatMap((cell) => split(path, start, cell.replace(/^[\s>*|-]+|\n/g, " ").trim()))
  })
}

function split(path: string, line: number, text: string): readonly Sentence[] {
  return text
    .replace(/`[^`]*`/g, "X")
    .split(/(?<=[.!?:;])\s+(?=[A-Z`("*])/)
    .map((sentence) => ({ path, line, text: sentence.replace(/^[*_("'`[\s]+/, "").trim() }))
    .filter((sentence) => sentence.text !== "")
}
