// Filters a proxy's stderr for the operator's log. Its own words do; but the engine also prints
// there, unasked, about connections that broke, and shows the whole address: with a query in it
// that the agent wrote, or that a credential stands in.

/** Undefined for a line that says nothing but an address. */
export function readProxyLine(line: string): string | undefined {
  if (/^\s*path: "/.test(line)) return undefined
  return line.replace(/(\bhttps?:\/\/[^\s"'?#]*)[?#][^\s"']*/gi, "$1?…")
}
