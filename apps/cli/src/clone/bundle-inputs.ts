// Decides whether a clone's kept bundle still is what its files say.
//
// Each input has a line: its state when the bundle was made, a tab, and its path from the clone. Any
// write, rename or replacement since then changes a file's state, whatever time it claims: nobody can
// set the time of the last change of an inode (ctime). Installed packages are the exception: package
// managers share their files between clones by hard links, and a new link changes that time.

import { lstatSync } from "node:fs"

/** Beside the bundle. */
export const INPUTS_FILE = "inputs.txt"

/** Undefined for a file that is not there. Equal states: nobody has written to it in between. */
export function stateOf(clone: string, path: string): string | undefined {
  // Not `join`: a start does this 1500 times, and half of its time would go there.
  const stat = lstatSync(`${clone}/${path}`, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const changed = path.includes("node_modules/") ? "" : stat.ctimeMs
  return `${stat.size} ${stat.ino} ${stat.mtimeMs} ${changed}`
}

export function formatInputs(inputs: readonly { readonly path: string; readonly state: string }[]): string {
  return inputs.map(({ path, state }) => `${state}\t${path}`).join("\n")
}

/** False for a list that is empty or cannot be read: a bundle of nothing is never fresh. */
export function isUnchanged(clone: string, list: string): boolean {
  return list.split("\n").every((line) => {
    const tab = line.indexOf("\t")
    return tab > 0 && stateOf(clone, line.slice(tab + 1)) === line.slice(0, tab)
  })
}
