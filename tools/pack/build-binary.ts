// `npm run build`: writes dist/bot-bottle, one executable that needs no Bun and no clone.

import { mkdirSync, renameSync } from "node:fs"
import { join, resolve } from "node:path"
import { buildBinary } from "./build-executable.ts"

const root = resolve(import.meta.dir, "../..")
const target = resolve(process.argv[2] ?? join(root, "dist"))
mkdirSync(target, { recursive: true })
const outfile = join(target, "bot-bottle")
// By rename: an older one may be running.
const draft = `${outfile}.new`
buildBinary(draft, root)
renameSync(draft, outfile)
console.log(outfile)
