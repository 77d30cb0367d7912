// Gives a request path the one form in which it is compared with rules and forwarded.
//
// Used where a route has path rules. Escapes that change nothing are decoded, and characters that a
// URL cannot carry are escaped. Anything that two servers might read differently is refused, so the
// upstream gets the path that a rule judged. The result survives `new URL` unchanged.
//
//   INV-21  Under path rules a path with an encoded slash, backslash, percent or control
//           byte, a `;`, an empty or dot segment, or bytes that are not UTF-8 never leaves.

export type PathForm =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "ambiguous"; readonly detail: string }

/** `text`: path without query, as received. */
export function parsePath(text: string): PathForm {
  if (PLAIN_PATH.test(text)) return { kind: "path", path: text }
  for (const [pattern, detail] of AMBIGUOUS) if (pattern.test(text)) return { kind: "ambiguous", detail }

  const decoded = decodePath(text)
  if (decoded === undefined) return { kind: "ambiguous", detail: "path has a bad escape or bytes that are not UTF-8" }
  const segments = decoded.split("/")
  if (segments.some((segment) => segment === "." || segment === ".."))
    return { kind: "ambiguous", detail: "path has a dot segment" }
  return { kind: "path", path: segments.map(encodeSegment).join("/") }
}

/** Non-empty segments, none of them dots, of characters that no server escapes or reads twice. */
const PLAIN_PATH = /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+)+\/?)$/

const AMBIGUOUS: readonly (readonly [RegExp, string])[] = [
  [/^(?!\/)/, "path does not begin with a slash"],
  [/[^\x21-\x7e]/, "path has a raw byte that belongs escaped"],
  [/[?#]/, "path has a query or a fragment"],
  [/\/\//, "path has an empty segment"],
  [/\\|%5c/i, "path has a backslash"],
  [/%2f/i, "path has an encoded slash"],
  [/;|%3b/i, "path has a path parameter (`;`)"],
  [/%25/, "path is escaped twice"],
  [/%(?:[01][0-9a-f]|7f)/i, "path has an encoded control byte"],
]

/** Undefined for a bad escape, and for overlong forms such as `%c0%ae`. */
function decodePath(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // the only thing it throws for
  }
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(?:24|26|2B|2C|3D|3A|40)/g, decodeURIComponent)
}
