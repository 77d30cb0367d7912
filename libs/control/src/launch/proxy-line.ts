// Filters a proxy's stderr for the operator's log. The proxy's own messages pass. The engine also
// prints there about connections that broke, and shows the whole address. Its query is the agent's
// text, or may hold a credential.

/** Undefined for a line that says nothing but an address. */
export function readProxyLine(line: string): string | undefined {
  if (/^\s*path: "/.test(line)) return undefined
  return line.replace(/(\bhttps?:\/\/[^\s"'?#]*)[?#][^\s"']*/gi, "$1?…")
}
