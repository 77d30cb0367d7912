// The compatibility table: from what clients printed to rows of Markdown, and back. Pure.

import type { Client } from "./client.ts"
import { ANSWER } from "./far-host.ts"
import type { Trial } from "./try-client.ts"

export interface Row {
  readonly client: string
  readonly does: string
  /** `works`, or why not. */
  readonly listed: string
  readonly unlisted: UnlistedVerdict
}

/** How much of the refusal a client passes on to whoever reads its output. */
export type UnlistedVerdict = "says why" | "says 403" | "no such name" | "an error" | "ANSWERED"

export function judge({ name, does, fails }: Client, { listed, unlisted }: Trial): Row {
  const works = listed.includes(ANSWER)
  return {
    client: name,
    does,
    listed: works ? "works" : (fails ?? "FAILS"),
    unlisted: judgeUnlisted(unlisted),
  }
}

function judgeUnlisted(text: string): UnlistedVerdict {
  if (text.includes(ANSWER)) return "ANSWERED"
  if (text.includes("is not on this bottle's list of hosts")) return "says why"
  if (/\b403\b|Forbidden/.test(text)) return "says 403"
  if (/ENOTFOUND|Name or service not known|UnresolvedAddress|Could not resolve|no such host/i.test(text))
    return "no such name"
  return "an error"
}

const HEAD = ["| client | what is tried | a listed host | an unlisted host |", "|---|---|---|---|"]

export function renderRow({ client, does, listed, unlisted }: Row): string {
  return `| ${client} | ${does} | ${listed} | ${unlisted} |`
}

/** The document with these rows in place of the ones of the same clients; others, and the text around, stay. */
export function withRows(document: string, order: readonly string[], rows: readonly Row[]): string {
  const lines = document.split("\n")
  const start = lines.indexOf(HEAD[0] ?? "")
  if (start === -1) throw new Error("the document has no table of clients")
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"))
  const known = new Map<string, string>()
  for (const line of lines.slice(start + HEAD.length, end)) known.set(line.split("|")[1]?.trim() ?? "", line)
  for (const row of rows) known.set(row.client, renderRow(row))
  const table = order.flatMap((name) => known.get(name) ?? [])
  return [...lines.slice(0, start), ...HEAD, ...table, ...lines.slice(end)].join("\n")
}

/** The row of one client as the document has it. */
export function findRow(document: string, client: string): string | undefined {
  return document.split("\n").find((line) => line.startsWith(`| ${client} |`))
}
