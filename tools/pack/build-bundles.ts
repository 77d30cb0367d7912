// Bundles our programs for the forms that a Bun beside them starts. Each program is a file; files between
// hold what several of them load, so that a start reads only its own part.
//
// Bun keeps bytecode beside a file, and a start then parses nothing. Outside of an executable it does
// so for CommonJS only, and it splits ES modules only. So the files are split first, and each becomes
// CommonJS with bytecode after that. A Bun of another version ignores the bytecode and parses.

import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import {
  type BuildForm,
  GUEST_FOLDER,
  GUEST_PROGRAMS,
  HOST_PROGRAMS,
  HOST_THREADS,
  LOOSE_PROGRAMS,
} from "@bot-bottle/contracts"
import { runBuild, withDraft, writeEntries } from "./run-build.ts"

export interface BundleOptions {
  /** The clone, with its packages installed. */
  readonly root: string
  readonly form: Extract<BuildForm, "bundle" | "kept">
  readonly external: readonly string[]
  /** In place of a program's own source, by the program's name. */
  readonly instead?: Readonly<Record<string, string>>
}

/** Names stay: they stand in the traces of an error. */
const SHORTER = ["--minify-whitespace", "--minify-syntax"]
const AS_BYTECODE = ["--format=cjs", "--bytecode"]

/** They may not name the draft that they are built in: nothing lies there later. */
const OF_SPLIT_FILES = [
  '--define=import.meta.dir=""',
  '--define=import.meta.url=""',
  "--define=import.meta.require=require",
]

/** Writes every program into `target`, a folder that may not exist. Returns the files that went in, from the clone. */
export function buildBundles(target: string, options: BundleOptions): readonly string[] {
  mkdirSync(target, { recursive: true })
  const inputs = [
    ...buildHost(target, options),
    ...buildAlone(target, { screen: HOST_PROGRAMS.screen }, [], options),
    ...buildAlone(join(target, GUEST_FOLDER), GUEST_PROGRAMS, AS_BYTECODE, options),
    ...buildAlone(target, LOOSE_PROGRAMS, [], options),
  ]
  return [...new Set(inputs)]
}

function buildHost(target: string, { root, form, external, instead = {} }: BundleOptions): readonly string[] {
  return withDraft((split) =>
    withDraft((draft) => {
      // Its library awaits at its top level, so nothing can `require` it: the screen stays an ES module, alone.
      const { screen: _screen, ...programs } = HOST_PROGRAMS
      const entries = writeEntries(draft, root, { ...programs, ...HOST_THREADS, ...instead })
      const inputs = runBuild(entries, ["--splitting", ...SHORTER, `--outdir=${split}`], {
        root,
        draft,
        form,
        external,
      })
      const files = readdirSync(split).map((name) => join(split, name))
      const converted = files.filter((file) => file.endsWith(".js") && !exportsDefault(file))
      const flags = [...AS_BYTECODE, ...SHORTER, ...OF_SPLIT_FILES, `--outdir=${target}`]
      runBuild(converted, flags, { root, draft: split, form, external: [...external, "./*"] })
      for (const file of files.filter((one) => !converted.includes(one))) cpSync(file, join(target, basename(file)))
      return inputs
    }),
  )
}

/** `import()` reads the default export of CommonJS as all of its exports. Such files hold only data, and stay as they are. */
function exportsDefault(file: string): boolean {
  return new Bun.Transpiler({ loader: "js" }).scan(readFileSync(file, "utf8")).exports.includes("default")
}

/** Programs that are alone where they run. */
function buildAlone(
  target: string,
  programs: Readonly<Record<string, string>>,
  format: readonly string[],
  { root, form, external }: BundleOptions,
): readonly string[] {
  return withDraft((draft) =>
    writeEntries(draft, root, programs).flatMap((entry) =>
      runBuild([entry], [...format, ...SHORTER, `--outdir=${target}`], { root, draft, form, external }),
    ),
  )
}
