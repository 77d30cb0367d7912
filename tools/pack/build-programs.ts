// Bundles our programs, by the tables of own-programs.ts, for the two forms that need no clone.
//
// `bundle`: a file for each program, with what several of them load in files between. `binary`: one
// executable with Bun in it, and its programs as bytecode, so that a start parses nothing.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type BuildForm,
  GUEST_PROGRAMS,
  HOST_PROGRAMS,
  HOST_THREADS,
  LOOSE_PROGRAMS,
  SEALED_BUILD_FLAGS,
} from "@bot-bottle/contracts"
import { readJson } from "@bot-bottle/testkit"
import { composeNotices, NOTICES_FILE } from "./notices.ts"

export interface BuildOptions {
  /** The clone, with its packages installed. */
  readonly root: string
  /** Packages that the installation brings itself, with what they need. */
  readonly external: readonly string[]
}

/** Names stay: they stand in the traces of an error. A start reads a fifth less. */
const SHORTER = ["--minify-whitespace", "--minify-syntax"]

/** Writes `<name>.js` for every program into `target`, an empty folder. Throws with Bun's own words. */
export function buildBundles(target: string, { root, external }: BuildOptions): void {
  mkdirSync(target, { recursive: true })
  withDraft((draft) => {
    const shared = { ...HOST_PROGRAMS, ...HOST_THREADS }
    const entries = writeEntries(draft, root, shared)
    const inputs = build("bundle", entries, ["--splitting", ...SHORTER, `--outdir=${target}`], {
      root,
      draft,
      external,
    })
    writeFileSync(join(target, NOTICES_FILE), composeNotices(root, inputs))
  })
  // Each of these is alone where it runs.
  withDraft((draft) => {
    const alone = { ...GUEST_PROGRAMS, ...LOOSE_PROGRAMS }
    const entries = writeEntries(draft, root, alone)
    for (const entry of entries) build("bundle", [entry], [...SHORTER, `--outdir=${target}`], { root, draft, external })
  })
}

/** Writes one executable for this machine's kind. */
export function buildBinary(outfile: string, root: string): void {
  withDraft((draft) => {
    const main = join(draft, "bot-bottle.ts")
    writeFileSync(main, composeMain(root))
    const entries = [main, ...writeEntries(draft, root, HOST_THREADS)]
    const loose = join(draft, "loose")
    for (const entry of writeEntries(draft, root, LOOSE_PROGRAMS))
      build("binary", [entry], [`--outdir=${loose}`], { root, draft, external: [] })

    // Once for the list of what goes in, once with the notices that the list asks for.
    const options = { root, draft, external: OTHER_MACHINES }
    const inputs = build("binary", entries, ["--splitting", `--outdir=${join(draft, "listed")}`], options)
    writeFileSync(join(loose, NOTICES_FILE), composeNotices(root, inputs))
    const flags = [
      ...["--compile", "--bytecode", "--format=esm", "--splitting", "--minify-syntax", ...SEALED_BUILD_FLAGS],
      ...[...Object.keys(LOOSE_PROGRAMS).map((name) => `${name}.js`), NOTICES_FILE].map(
        (file) => `--asset=${join(loose, file)}`,
      ),
      `--outfile=${outfile}`,
    ]
    build("binary", entries, flags, options)
  })
}

/** OpenTUI's native libraries that this machine's packages do not have. */
const OTHER_MACHINES = ["darwin", "linux", "win32"]
  .flatMap((platform) => ["x64", "arm64", "x64-musl", "arm64-musl"].map((machine) => `${platform}-${machine}`))
  .filter((machine) => machine !== `${process.platform}-${process.arch}`)
  .map((machine) => `@opentui/core-${machine}`)

/** Every program behind a dynamic import, so that a start loads one of them. */
function composeMain(root: string): string {
  const programs = Object.entries({ ...HOST_PROGRAMS, ...GUEST_PROGRAMS }).map(
    ([name, source]) => `  ${JSON.stringify(name)}: () => import(${JSON.stringify(join(root, source))}),`,
  )
  const start = JSON.stringify(join(root, "apps/cli/src/binary/start-binary.ts"))
  return [`import { startBinary } from ${start}`, "await startBinary({", ...programs, "})", ""].join("\n")
}

/** One file a program, named as the program is: Bun names its output by it. */
function writeEntries(draft: string, root: string, programs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(programs).map(([name, source]) => {
    const entry = join(draft, `${name}.ts`)
    writeFileSync(entry, `import ${JSON.stringify(join(root, source))}\n`)
    return entry
  })
}

/** The files that went in, as paths from the clone. */
function build(
  form: BuildForm,
  entries: readonly string[],
  flags: readonly string[],
  { root, draft, external }: BuildOptions & { readonly draft: string },
): readonly string[] {
  const list = join(draft, "inputs.json")
  const argv = [
    ...[process.execPath, "build", "--target=bun", `--define=BOT_BOTTLE_FORM=${JSON.stringify(form)}`],
    `--define=BOT_BOTTLE_COMMIT=${JSON.stringify(commitOf(root))}`,
    ...[`--root=${draft}`, `--metafile=${list}`, ...external.map((name) => `--external=${name}`), ...flags, ...entries],
  ]
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd: root, stdio: ["ignore", "ignore", "pipe"] })
  if (exitCode !== 0) throw new Error(`bun build failed: ${stderr.toString()}`)
  const { inputs } = readJson(readFileSync(list, "utf8"), { inputs: "object" })
  return Object.keys(inputs)
}

/** Empty for sources without Git's records, or on a machine without Git. */
function commitOf(root: string): string {
  if (Bun.which("git") === null) return ""
  const { stdout } = Bun.spawnSync(["git", "-C", root, "rev-parse", "--verify", "--quiet", "HEAD"], {
    stderr: "ignore",
  })
  return stdout.toString().trim()
}

function withDraft(work: (folder: string) => void): void {
  const draft = mkdtempSync(join(tmpdir(), "bot-bottle-build-"))
  try {
    work(draft)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
