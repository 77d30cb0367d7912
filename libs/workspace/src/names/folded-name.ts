// A name as the most forgiving file system reads it.
//
// An operator's folder may lie on a file system that ignores case (ext4 with casefold, NTFS, FAT, a
// Mac's disk shared with a container). Others ignore code points that are not drawn (ext4, HFS+).
// NTFS ignores the part after a name's colon, and blanks at its end. An agent's workspace does not,
// so that two names there can be one where they land. Git guards its own folder against the same.

import { bytesOf } from "@bot-bottle/kernel"

/** Most names need no second look. */
const PLAIN = /^[a-z0-9_+@=,()-]*(?:\.[a-z0-9_+@=,()-]+)*$/
const UNDRAWN = /\p{Default_Ignorable_Code_Point}/gu
/** How NTFS shortens `.git`. */
const SHORT_GIT = /^git~\d+$/

/** For comparing only: text, not a path. */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name
  const text = bytesOf(name).toString("utf8").normalize("NFD").replace(UNDRAWN, "")
  // Upper case first: `ſ` and `s` have one, and only one of them a lower one.
  const folded = text
    .toUpperCase()
    .toLowerCase()
    .replace(/:.*$/su, "")
    .replace(/[. ]+$/u, "")
  return SHORT_GIT.test(folded) ? ".git" : folded
}
