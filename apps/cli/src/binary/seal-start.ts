// Keeps the single binary from running anything of the folder it is typed in, as bin/bot-bottle does
// before Bun starts. The build keeps Bun from reading that folder; this keeps its programs off PATH.
//
// Variables such as BUN_OPTIONS have an effect before our first line. They are the operator's own,
// never the folder's; our child processes do not get them.

/** Each of these has Bun run code or read files. The same list as in bin/bot-bottle. */
export const UNSEALING_VARIABLES = [
  "BUN_OPTIONS",
  "BUN_INSPECT",
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_NOTIFY",
  "BUN_INSPECT_PRELOAD",
  "BUN_RUNTIME_TRANSPILER_CACHE_PATH",
  "BUN_BE_BUN",
  "NODE_OPTIONS",
  "NODE_PATH",
] as const

const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

export interface CallerPlace {
  /** Absolute. */
  readonly folder: string
  readonly home: string
  readonly path: string
  readonly exists: (path: string) => boolean
}

/**
 * PATH without relative entries, folders of package managers, and whatever lies in the outermost repository that
 * holds the caller's folder. The home folder and the folders above it never count as a repository.
 */
export function sealPath({ folder, home, path, exists }: CallerPlace): string {
  let theirs: string | undefined = folder.replace(/\/$/, "")
  for (let above = theirs; above !== "" && above !== home; above = above.slice(0, above.lastIndexOf("/"))) {
    if (exists(`${above}/.git`)) theirs = above
  }
  if (`${home}/`.startsWith(`${theirs}/`)) theirs = undefined
  const kept = (path === "" ? DEFAULT_PATH : path)
    .split(":")
    .filter((entry) => entry.startsWith("/") && !`${entry}/`.includes("/node_modules/.bin/"))
    .filter((entry) => theirs === undefined || !`${entry}/`.startsWith(`${theirs}/`))
  return kept.length === 0 ? DEFAULT_PATH : kept.join(":")
}
