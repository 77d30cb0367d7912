// Reads a request target as a path of one place. A client may write the whole URL (RFC 9112 §3.2.2),
// and then it must name that place and no other.

import type { Place } from "../place.ts"

const ABSOLUTE = /^(https?):\/\/([^/?#]*)(.*)$/i
const SLASH = 47

/** Undefined for a target that means another place. */
export function originForm(target: string, place: Place): string | undefined {
  if (target.charCodeAt(0) === SLASH) return target
  const [, scheme = "", authority, rest = ""] = ABSOLUTE.exec(target) ?? []
  if (scheme.toLowerCase() !== place.scheme || !place.isNamed(authority)) return undefined
  return rest.startsWith("/") ? rest : `/${rest}`
}
