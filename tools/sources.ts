// The repository's own sources, as the tests of the architecture read them.

import { dirname, resolve } from "node:path"
import { Glob } from "bun"

export const ROOT = resolve(import.meta.dir, "..")

export interface Source {
  /** From the root. */
  readonly path: string
  readonly text: string
  /** Test, or double for tests: not part of the product. */
  readonly forTests: boolean
}

export const WORKSPACES: readonly string[] = [...new Glob("{apps,libs}/*/package.json").scanSync(ROOT)]
  .map((path) => dirname(path))
  .sort()

/** Every TypeScript file below `folders`, sorted. */
export async function loadSources(...folders: readonly string[]): Promise<readonly Source[]> {
  const paths = [...new Glob(`{${folders.join(",")}}/**/*.ts`).scanSync(ROOT)].filter(
    (path) => !path.includes("node_modules/"),
  )
  return Promise.all(
    paths.sort().map(async (path) => ({
      path,
      text: await Bun.file(resolve(ROOT, path)).text(),
      forTests: /\.test\.ts$|\/testing\//.test(path),
    })),
  )
}

// Regular expressions, because Bun.Transpiler.scanImports() leaves out type-only imports.
const STATEMENT = /^\s*(?:import|export)\s(?:[^"';=]*?\sfrom\s*)?["']([^"']+)["']/gm
const CALL = /\b(?:import|require)\(\s*["']([^"']+)["']/g

export function importsOf(text: string): readonly string[] {
  const code = withoutComments(text)
  return [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].map(([, path = ""]) => path)
}

/** Comments that stand on lines of their own. */
export function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "")
}

/** The comment a file opens with, after a `#!` line. */
export function headerOf(text: string): string {
  const lines = text.split("\n")
  const start = lines[0]?.startsWith("#!") ? 1 : 0
  const end = lines.findIndex((line, i) => i >= start && !line.startsWith("//"))
  return lines.slice(start, end === -1 ? undefined : end).join("\n")
}
