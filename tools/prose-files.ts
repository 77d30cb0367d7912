// Where the repository's prose stands: TypeScript sources and Markdown documents.
//
// The prose rules themselves and their test quote what they forbid, and are left out.

import { resolve } from "node:path"
import { Glob } from "bun"
import { breaches, findProse, isLong, type Sentence } from "./prose.ts"
import { ROOT } from "./sources.ts"

const LEFT_OUT = /node_modules\/|^tools\/prose|^libs\/(?:stand-in|forge)\/.*\/fixtures\//

/** `.`: the documents at the top, without its folders. */
export async function loadProse(folders: readonly string[]): Promise<readonly Sentence[]> {
  const globs = folders.flatMap((folder) => (folder === "." ? ["*.md"] : [`${folder}/**/*.{ts,md}`]))
  const paths = globs.flatMap((glob) => [...new Glob(glob).scanSync(ROOT)]).filter((path) => !LEFT_OUT.test(path))
  const found = await Promise.all(
    paths.sort().map(async (path) => findProse(path, await Bun.file(resolve(ROOT, path)).text())),
  )
  return found.flat()
}

if (import.meta.main) {
  const sentences = await loadProse(Bun.argv.slice(2))
  const long = sentences.filter(isLong).map((sentence) => ({ ...sentence, rule: "long" }))
  for (const { path, line, rule, text } of [...sentences.flatMap(breaches), ...long])
    process.stdout.write(`${path}:${line} [${rule}] ${text}\n`)
}
