// Small readings and changes of a request's head. Pure.

import { listTokens } from "@bot-bottle/egress"
import type { RequestHead } from "@bot-bottle/wire"

export function pathOf(target: string): string {
  const question = target.indexOf("?")
  return question === -1 ? target : target.slice(0, question)
}

/** Another spelling of the name may be another site to a server: what was judged is what it is told. */
export function withHost(head: RequestHead, name: string): RequestHead {
  const at = head.names.indexOf("host")
  const lines = head.lines.map((line, index) => (index === at ? `${line.slice(0, line.indexOf(":"))}: ${name}` : line))
  return { ...head, lines }
}

/**
 * As rules compare them. Several lines of one name are one value, as RFC 9110 joins them. A line that Connection
 * names does not leave, so no rule may be met by it.
 */
export function headersOf({ names, lines, connection }: RequestHead): Readonly<Record<string, string>> {
  const dropped = new Set(listTokens(connection ?? ""))
  const headers: Record<string, string> = {}
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    if (dropped.has(name)) continue
    const line = lines[index] as string
    const value = line.slice(line.indexOf(":") + 1).trim()
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value
  }
  return headers
}

/** We asked for the body ourselves. */
export function withoutExpect(head: string): string {
  return head.replace(/\r\nexpect:[^\r\n]*/i, "")
}
