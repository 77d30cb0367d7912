// Which of the operator's usual tools a bottle does not show: those kept in their home or another
// place of their own. An agent that misses one should not be the first to say so.

import { realpathSync } from "node:fs"
import { shownSearchPath } from "./system-root.ts"

const TOOLS = [
  ...["bun", "cargo", "clang", "cmake", "composer", "deno", "dotnet", "elixir", "gcc", "ghc", "go", "gradle"],
  ...["java", "make", "mvn", "node", "npm", "php", "pip3", "pnpm", "poetry", "python3", "ruby", "rustc"],
  ...["swift", "terraform", "uv", "yarn", "zig"],
]
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

export interface HiddenTool {
  readonly name: string
  /** Where the operator has it. */
  readonly path: string
}

/** `path` is the operator's own search path. */
export function listHiddenTools(path: string, names: readonly string[] = TOOLS): readonly HiddenTool[] {
  const inside = [...shownSearchPath(path), SYSTEM_PATH].join(":")
  return names.flatMap((name) => {
    const found = Bun.which(name, { PATH: path })
    return found === null || isThere(name, inside) ? [] : [{ name, path: found }]
  })
}

/** A link in /usr to a file that no bottle shows is not there. */
function isThere(name: string, inside: string): boolean {
  const found = Bun.which(name, { PATH: inside })
  return found !== null && /^\/(?:usr|bin|sbin|lib)/.test(realpathSync(found))
}
