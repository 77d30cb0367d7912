// One normal form for the paths of provider calls: by it a call is judged free, billed or refused.

/** Without query, doubled or trailing slashes: spellings that a server may take for the same place. */
export function placeOf(path: string): string {
  const place = path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/")
  return place.length > 1 ? place.replace(/\/$/, "") : place
}

/**
 * False for a path that a provider may read otherwise than `placeOf` does: with it a billed call could pass as a free
 * one. No provider has such a path.
 */
export function isPlainPath(path: string): boolean {
  return /^\/[A-Za-z0-9._~!$&'()*+,=:@/-]*$/.test(path) && !path.includes("//")
}
