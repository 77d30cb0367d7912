// Adds a host to a bottle's routes, or takes it out, in the file's own text. Comments, order
// and layout stay. The result is parsed as a launch would parse it before anyone sees it.
// Pure: text in, text out.

import type { PathMatch, ProviderName } from "@bot-bottle/contracts"
import { isMap, isSeq, type Pair, parseDocument, type Scalar, type YAMLMap, type YAMLSeq } from "yaml"
import { parseBottle } from "../bottle.ts"
import type { ManifestProblem } from "../manifest.ts"
import { splitFrontmatter } from "../yaml/frontmatter.ts"
import { applySplice, type Splice } from "./splice.ts"

export interface RouteAsk {
  /** As it stands in a manifest: a name, `*.name`, or an address. */
  readonly host: string
  readonly port?: number
  /** Absent: HTTPS. */
  readonly http?: true
  /** Empty: every method. */
  readonly methods: readonly string[]
  /** Empty: every path. */
  readonly paths: readonly PathMatch[]
}

export type RouteEdit =
  | { readonly outcome: "edited"; readonly text: string }
  /** The file says so already. */
  | { readonly outcome: "unchanged" }
  /** The file refuses the host with a rule of its own, on that line. */
  | { readonly outcome: "denied-here"; readonly line: number }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export interface EditedFile {
  readonly name: string
  readonly file: string
  readonly text: string
  /** As the library knows them: every metered provider there is. */
  readonly providers: readonly ProviderName[]
}

export function allowRoute(edited: EditedFile, ask: RouteAsk): RouteEdit {
  return edit(edited, (bottle) => {
    const own = findRoute(bottle, ask)
    if (own === undefined) return insertRoute(bottle, describeRoute(ask))
    if (own.map.get("deny") === true) return { outcome: "denied-here", line: lineAt(edited.text, own.start) }
    const matches = own.map.get("matches")
    if (!isSeq(matches)) return { outcome: "unchanged" }
    const wanted = JSON.stringify(toMatch(ask))
    if (matches.items.some((item) => isMap(item) && JSON.stringify(item.toJSON()) === wanted)) {
      return { outcome: "unchanged" }
    }
    return insertInto(bottle, matches, flowMatch(ask))
  })
}

/** Takes the host's route out, or adds a denial when the route comes from elsewhere. */
export function denyRoute(
  edited: EditedFile,
  ask: Pick<RouteAsk, "host" | "port">,
  { isInherited }: { readonly isInherited: boolean },
): RouteEdit {
  return edit(edited, (bottle) => {
    const own = findRoute(bottle, { ...ask, http: "either" })
    if (own?.map.get("deny") === true) return { outcome: "unchanged" }
    if (own !== undefined) return removeRoute(bottle, own)
    if (!isInherited) return { outcome: "unchanged" }
    return insertRoute(bottle, [`host: ${scalar(ask.host)}`, ...portLines(ask), "deny: true"])
  })
}

interface OpenBottle {
  readonly text: string
  /** Offset of the YAML in the text. */
  readonly offset: number
  readonly root: YAMLMap
  /** Offset, in the text, of the line of the closing fence. */
  readonly end: number
}

type Step = Splice | Exclude<RouteEdit, { readonly outcome: "edited" | "broken" }>

/** Works on line feeds; a file with CRLF keeps them. */
function edit(edited: EditedFile, decide: (bottle: OpenBottle) => Step): RouteEdit {
  if (!edited.text.includes("\r\n")) return editLines(edited, decide)
  const result = editLines({ ...edited, text: edited.text.replaceAll("\r\n", "\n") }, decide)
  return result.outcome === "edited" ? { ...result, text: result.text.replaceAll("\n", "\r\n") } : result
}

function editLines({ name, file, text, providers }: EditedFile, decide: (bottle: OpenBottle) => Step): RouteEdit {
  const before = splitFrontmatter(text, file)
  if (before.outcome === "broken") return before
  const parsed = parseBottle(text, { name, file, providers })
  if (parsed.outcome === "broken") return parsed
  const offset = text.indexOf("\n") + 1
  const root = parseDocument(before.yaml).contents
  const end = offset + before.yaml.length + (before.yaml === "" ? 0 : 1)
  const step = decide({ text, offset, end, root: isMap(root) ? root : emptyMap() })
  if ("outcome" in step) return step
  const next = applySplice(text, step)
  const result = parseBottle(next, { name, file, providers })
  return result.outcome === "broken" ? result : { outcome: "edited", text: next }
}

interface OwnRoute {
  readonly map: YAMLMap
  readonly seq: YAMLSeq
  /** Offset of its text in the file. */
  readonly start: number
}

function findRoute(
  { root, offset }: OpenBottle,
  { host, port, http }: Pick<RouteAsk, "host" | "port"> & { readonly http?: true | "either" },
): OwnRoute | undefined {
  const seq = routesOf(root)
  for (const item of seq?.items ?? []) {
    if (!isMap(item) || item.range == null || seq === undefined) continue
    if (String(item.get("host")).toLowerCase() !== host.toLowerCase()) continue
    if (
      (item.get("port") ?? undefined) !== port ||
      (http !== "either" && (item.get("http") ?? false) !== (http ?? false))
    )
      continue
    return { map: item, seq, start: offset + item.range[0] }
  }
  return undefined
}

function routesOf(root: YAMLMap): YAMLSeq | undefined {
  const routes = root.getIn(["egress", "routes"])
  return isSeq(routes) ? routes : undefined
}

/** `lines`: the route's keys, one a line. */
function insertRoute(bottle: OpenBottle, lines: readonly string[]): Splice {
  const { root, end } = bottle
  const seq = routesOf(root)
  if (seq !== undefined && seq.items.length > 0 && seq.flow !== true) return insertAfterLast(bottle, seq, lines)
  if (seq !== undefined && seq.range != null) {
    return insertInto(bottle, seq, `{ ${lines.filter((line) => !line.startsWith(" ")).join(", ")} }`)
  }
  const egress = root.get("egress")
  if (isMap(egress) && egress.items.length > 0 && egress.flow !== true) {
    const indent = columnOf(bottle, egress.items[0])
    const at = endOfLine(bottle.text, bottle.offset + endOf(egress.items.at(-1)))
    return { from: at, to: at, text: `\n${blockOf(lines, indent, true)}` }
  }
  return { from: end, to: end, text: `egress:\n${blockOf(lines, 2, true)}\n` }
}

function blockOf(lines: readonly string[], indent: number, withKey: boolean): string {
  const pad = " ".repeat(indent)
  const items = lines.map((line, index) => `${pad}${withKey ? "  " : ""}${index === 0 ? "- " : "  "}${line}`)
  return [...(withKey ? [`${pad}routes:`] : []), ...items].join("\n")
}

function insertAfterLast({ text, offset }: OpenBottle, seq: YAMLSeq, lines: readonly string[]): Splice {
  const [last] = seq.items.slice(-1) as YAMLMap[]
  const first = seq.items[0] as YAMLMap
  const dash = text.lastIndexOf("-", offset + (first.range?.[0] ?? 0))
  const indent = dash - startOfLine(text, dash)
  const at = endOfLine(text, offset + endOf(last))
  return { from: at, to: at, text: `\n${blockOf(lines, indent, false)}` }
}

/** One more item of a sequence, block or flow, in one line. */
function insertInto(bottle: OpenBottle, seq: YAMLSeq, item: string): Splice {
  const { text, offset } = bottle
  if (seq.flow === true && seq.range != null) {
    const at = offset + seq.range[1] - 1
    const isEmpty = seq.items.length === 0
    return { from: at, to: at, text: isEmpty ? item : `, ${item}` }
  }
  return insertAfterLast({ ...bottle, text }, seq, [item])
}

function removeRoute({ text, offset, root }: OpenBottle, { map, seq }: OwnRoute): Splice {
  if (seq.flow === true) {
    const index = seq.items.indexOf(map)
    const next = seq.items[index + 1] as YAMLMap | undefined
    const previous = seq.items[index - 1] as YAMLMap | undefined
    const from = next === undefined && previous !== undefined ? endOf(previous) : (map.range?.[0] ?? 0)
    const to = next === undefined ? endOf(map) : (next.range?.[0] ?? 0)
    return { from: offset + from, to: offset + to, text: "" }
  }
  const from = startOfLine(text, offset + (map.range?.[0] ?? 0))
  const to = endOfLine(text, offset + endOf(map)) + 1
  if (seq.items.length > 1) return { from, to, text: "" }
  // An empty list would clear inherited routes, so the key goes as well.
  const egress = root.get("egress") as YAMLMap
  const pair = egress.items.length > 1 ? pairOf(egress, "routes") : pairOf(root, "egress")
  return { from: startOfLine(text, offset + startOf(pair)), to, text: "" }
}

function describeRoute(ask: RouteAsk): readonly string[] {
  const lines = [`host: ${scalar(ask.host)}`, ...portLines(ask)]
  return Object.keys(toMatch(ask)).length === 0 ? lines : [...lines, `matches: [${flowMatch(ask)}]`]
}

function portLines({ port, http }: Pick<RouteAsk, "port" | "http">): readonly string[] {
  return [...(port === undefined ? [] : [`port: ${port}`]), ...(http === true ? ["http: true"] : [])]
}

function toMatch({ methods, paths }: RouteAsk) {
  return {
    ...(methods.length === 0 ? {} : { methods: [...methods] }),
    ...(paths.length === 0 ? {} : { paths: paths.map(({ type, value }) => ({ type, value })) }),
  }
}

function flowMatch({ methods, paths }: RouteAsk): string {
  const parts = [
    ...(methods.length === 0 ? [] : [`methods: [${methods.join(", ")}]`]),
    ...(paths.length === 0
      ? []
      : [`paths: [${paths.map(({ type, value }) => `{ type: ${type}, value: ${scalar(value)} }`).join(", ")}]`]),
  ]
  return `{ ${parts.join(", ")} }`
}

/** Quoted unless it is plain everywhere in YAML. */
function scalar(text: string): string {
  return /^[A-Za-z0-9/][A-Za-z0-9./_-]*$/.test(text) ? text : JSON.stringify(text)
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => (pair.key as Scalar).value === key)
}

function startOf(pair: Pair | undefined): number {
  return (pair?.key as Scalar | undefined)?.range?.[0] ?? 0
}

function endOf(node: unknown): number {
  const value = (node as Pair).value ?? node
  return (value as { readonly range?: readonly number[] }).range?.[1] ?? 0
}

function columnOf({ text, offset }: OpenBottle, pair: Pair | undefined): number {
  const at = offset + startOf(pair)
  return at - startOfLine(text, at)
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1
}

/** The line feed that ends the line of the last character before `at`. */
function endOfLine(text: string, at: number): number {
  const last = text[at - 1] === "\n" ? at - 1 : at
  const end = text.indexOf("\n", last)
  return end < 0 ? text.length : end
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length
}

function emptyMap(): YAMLMap {
  return parseDocument("{}").contents as unknown as YAMLMap
}
