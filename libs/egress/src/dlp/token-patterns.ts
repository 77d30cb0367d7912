// Finds what looks like anybody's credential, by the rules of secretlint: a list that others
// keep up to date. Only its rules are used, on text in hand; nothing of it reads a file.
//
// Its expressions backtrack, so no text is given to them in one piece: what one costs is
// bounded by `MAX_AT_ONCE`, and was tried with texts made to be slow. Loaded only for a run
// whose bottle asks for it.

import type { Detector, Finding } from "./detector.ts"

export const TOKEN_PATTERNS = "token_patterns"

const MAX_AT_ONCE = 32 * 1024
/** The longest thing the rules know, a PEM key of 4096 bits, fits. */
const OVERLAP = 4 * 1024
const MASK = "*".charCodeAt(0)

export async function loadTokenPatterns(): Promise<Detector> {
  const { rules } = await import("@secretlint/secretlint-rule-preset-recommend")
  const scanners = rules.filter(({ meta }) => meta.type === "scanner")

  function findInPiece(content: string, offset: number, findings: Finding[]): void {
    for (const rule of scanners) {
      const detector = `${TOKEN_PATTERNS}: ${rule.meta.id.replace(/^.*secretlint-rule-/, "")}`
      const handler = rule.create(
        contextOf(([start, end]) => {
          findings.push({ start: offset + start, end: offset + end, mask: MASK, detector })
        }),
        {},
      )
      // None of the rules that look at text is asynchronous; those that open files are asked about none.
      void handler.file?.(sourceOf(content))
    }
  }

  return {
    overlap: OVERLAP,
    sliceBytes: 2 * MAX_AT_ONCE,
    find(bytes) {
      const findings: Finding[] = []
      // One character for one byte, so that ranges need no translation; all the rules are ASCII.
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
      for (let at = 0; at < text.length; at += MAX_AT_ONCE - OVERLAP) {
        findInPiece(text.slice(at, at + MAX_AT_ONCE), at, findings)
        if (at + MAX_AT_ONCE >= text.length) break
      }
      return withoutOverlaps(findings)
    },
  }
}

type Rule = Awaited<typeof import("@secretlint/secretlint-rule-preset-recommend")>["rules"][number]
type RuleContext = Parameters<Rule["create"]>[0]
type RuleSource = Parameters<NonNullable<ReturnType<Rule["create"]>["file"]>>[0]

function contextOf(onFound: (range: readonly [number, number]) => void): RuleContext {
  return {
    sharedOptions: {},
    // A rule's message about a find quotes the find. Nobody reads that here.
    createTranslator: () => () => ({ message: "", messageId: "", data: {} }),
    report: ({ range }: { readonly range: readonly [number, number] }) => onFound(range),
    ignore: () => {},
  } as unknown as RuleContext
}

function sourceOf(content: string): RuleSource {
  return { content, filePath: "", ext: "", contentType: "text", hasBOM: false } as unknown as RuleSource
}

function withoutOverlaps(findings: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = []
  for (const finding of findings.toSorted((a, b) => a.start - b.start)) {
    const last = kept.at(-1)
    if (last === undefined || finding.start >= last.end) kept.push(finding)
    else if (finding.end > last.end) kept[kept.length - 1] = { ...last, end: finding.end }
  }
  return kept
}
