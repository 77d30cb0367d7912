// Reads YAML text into a small tree whose every node knows its line. The only file that
// knows the YAML library.
//
// Manifests are plain data, so everything in YAML that is more than data is refused here. That is
// anchors and aliases (a few lines of them expand without end), tags, directives, further
// documents, and keys other than text. Messages never quote the text: it may hold a secret.
//
//   INV-23  A file that uses any of these yields no tree, so nothing reads a part of it.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml"
import type { ManifestProblem } from "../manifest.ts"
import { quoted } from "../problem.ts"
import { findOpenBracket } from "./open-bracket.ts"

export type YamlNode = YamlScalar | YamlList | YamlMapping

export interface YamlScalar {
  readonly kind: "scalar"
  readonly value: string | number | boolean | null
  /** As written, without quotes: `1.10` stays `1.10`. */
  readonly text: string
  readonly line: number
}

export interface YamlList {
  readonly kind: "list"
  readonly items: readonly YamlNode[]
  readonly line: number
}

export interface YamlMapping {
  readonly kind: "mapping"
  readonly entries: readonly YamlEntry[]
  readonly line: number
}

export interface YamlEntry {
  readonly key: string
  readonly line: number
  readonly value: YamlNode
}

export type YamlResult =
  | { readonly outcome: "parsed"; readonly mapping: YamlMapping }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

const MAX_BYTES = 64 * 1024
const MAX_DEPTH = 12
/** A file this broken is not helped by a longer list. */
const MAX_PROBLEMS = 30

/** `firstLine`: the line of the file on which `text` begins. Empty text is an empty mapping. */
export function parseYaml(text: string, file: string, firstLine = 1): YamlResult {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return { outcome: "broken", problems: [{ file, line: firstLine, message: "more than 64 KiB of YAML" }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const lineAt = (offset: number) => firstLine - 1 + Math.max(lines.linePos(offset).line, 1)

  const problems: ManifestProblem[] = document.errors.map(({ code, pos }) => {
    const bracket = code === "BAD_INDENT" ? findOpenBracket(text, pos[0]) : undefined
    if (bracket !== undefined)
      return { file, line: lineAt(bracket.offset), message: `a '${bracket.char}' that is not closed` }
    return { file, line: lineAt(pos[0]), ...(SYNTAX[code] ?? { message: "is not valid YAML here" }) }
  })
  if (hasDirective(document)) problems.push({ file, line: firstLine, message: "YAML directives (%) are not accepted" })

  const report: Report = (line, message, hint) => problems.push({ file, line, message, ...(hint && { hint }) })
  const mapping = readRoot(document.contents, { lineAt, report, firstLine })
  if (problems.length === 0 && mapping) return { outcome: "parsed", mapping }
  return { outcome: "broken", problems: inLineOrder(problems).slice(0, MAX_PROBLEMS) }
}

type Report = (line: number, message: string, hint?: string) => void

interface Reading {
  readonly lineAt: (offset: number) => number
  readonly report: Report
  readonly firstLine: number
}

function readRoot(contents: ParsedNode | null, reading: Reading): YamlMapping | undefined {
  if (contents === null) return { kind: "mapping", entries: [], line: reading.firstLine }
  const root = readNode(contents, reading, 0)
  // Written as a flow mapping, `{}` is as empty as an empty file.
  if (root?.kind === "mapping") return root
  if (root) reading.report(root.line, "is not a list of 'key: value' lines")
  return undefined
}

/** `keyLine`: of the key it belongs to, which is where a block's tag or anchor stands. */
function readNode(node: ParsedNode, reading: Reading, depth: number, keyLine?: number): YamlNode | undefined {
  const line = reading.lineAt(node.range[0])
  const start = keyLine ?? line
  if (isAlias(node)) return refuse(reading, start, "YAML aliases (*) are not accepted", "write the value again")
  if (node.anchor !== undefined)
    return refuse(reading, start, "YAML anchors (&) are not accepted", "write plain values")
  if (node.tag !== undefined) return refuse(reading, start, "YAML tags (!) are not accepted", TAG_HINT)
  if (depth > MAX_DEPTH) return refuse(reading, line, `is nested more than ${MAX_DEPTH} levels deep`)
  if (isScalar(node)) return readScalar(node.value, node.source ?? "", line)
  if (isSeq(node)) {
    const items = node.items.map((item) => readNode(item as ParsedNode, reading, depth + 1))
    return { kind: "list", items: items.filter((item) => item !== undefined), line }
  }
  return isMap(node) ? readMapping(node.items, line, reading, depth) : undefined
}

function readScalar(value: unknown, text: string, line: number): YamlScalar {
  const known = typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  return { kind: "scalar", value: known ? value : null, text, line }
}

function readMapping(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  line: number,
  reading: Reading,
  depth: number,
): YamlMapping {
  const entries: YamlEntry[] = []
  const firstLines = new Map<string, number>()
  for (const { key: keyNode, value: valueNode } of pairs) {
    const key = readNode(keyNode as ParsedNode, reading, depth)
    if (!key) continue
    if (key.kind !== "scalar" || key.text === "") {
      reading.report(key.line, "a key must be a plain word")
      continue
    }
    const value = valueNode
      ? readNode(valueNode as ParsedNode, reading, depth + 1, key.line)
      : readScalar(null, "", key.line)
    const firstLine = firstLines.get(key.text)
    if (firstLine === undefined) firstLines.set(key.text, key.line)
    else reading.report(key.line, `duplicate key ${quoted(key.text)}; already set on line ${firstLine}`)
    if (value && firstLine === undefined) entries.push({ key: key.text, line: key.line, value })
  }
  return { kind: "mapping", entries, line }
}

export function inLineOrder(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function hasDirective(document: Document.Parsed): boolean {
  return document.directives.yaml.explicit === true || Object.keys(document.directives.tags).length > 1
}

function refuse({ report }: Reading, line: number, message: string, hint?: string): undefined {
  report(line, message, hint)
  return undefined
}

const TAG_HINT = "a text that starts with '!' goes in quotes"
const QUOTE_HINT = "put a text with special characters in quotes"
/** In our words: the library's own may quote the text. */
const SYNTAX: Partial<Record<string, { readonly message: string; readonly hint?: string }>> = {
  TAB_AS_INDENT: { message: "a tab is used to indent", hint: "YAML indents with spaces only" },
  MULTIPLE_DOCS: { message: "a second YAML document begins here", hint: "one file holds one document" },
  BLOCK_AS_IMPLICIT_KEY: { message: "a second ': ' on one line", hint: QUOTE_HINT },
  BAD_SCALAR_START: { message: "a value starts with a character that YAML reserves", hint: QUOTE_HINT },
  BAD_DQ_ESCAPE: { message: "an unknown escape after a backslash", hint: "single quotes take a text as it is" },
  BAD_INDENT: { message: "the indentation does not fit the lines above" },
  MISSING_CHAR: { message: "a closing quote, bracket, ':' or ',' is missing" },
  MULTILINE_IMPLICIT_KEY: { message: "a key runs over several lines; is a ':' missing?" },
  UNEXPECTED_TOKEN: { message: "a character that has no place here", hint: QUOTE_HINT },
}
