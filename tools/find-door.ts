// The file behind a door of a workspace: the `exports` of its package.json, of which one `*` may
// stand for a name.

/** `door`: `.`, or `./messages/session`. Undefined for one that does not exist. */
export function findDoor(exports: Readonly<Record<string, string>>, door: string): string | undefined {
  const file = exports[door]
  if (file !== undefined) return file
  for (const [pattern, target] of Object.entries(exports)) {
    const [before = "", after] = pattern.split("*")
    if (after === undefined || !door.startsWith(before) || !door.endsWith(after)) continue
    const name = door.slice(before.length, door.length - after.length)
    if (name !== "") return target.replace("*", name)
  }
  return undefined
}
