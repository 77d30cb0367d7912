// The installed packages that a build takes in or leaves out.

/** Brings native code, which npm chooses for the machine it installs on. */
export const NATIVE = "@opentui/core"

/** `node_modules/.bun/a@1/node_modules/a` of a file in it. */
export function packageFolderOf(path: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]
}
