// Runs `bun build` over our programs, each behind an entry of its own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { BuildForm } from "@bot-bottle/contracts"
import { readJson } from "@bot-bottle/testkit"

export interface BuildOptions {
  /** The clone, with its packages installed. */
  readonly root: string
  readonly draft: string
  readonly form: BuildForm
  /** Packages that the installation brings itself, with what they need. */
  readonly external: readonly string[]
}

/** The files that went in, as paths from the clone. Throws with Bun's own words. */
export function runBuild(
  entries: readonly string[],
  flags: readonly string[],
  { root, draft, form, external }: BuildOptions,
): readonly string[] {
  const list = join(draft, "inputs.json")
  const argv = [
    ...[process.execPath, "build", "--target=bun", `--define=BOT_BOTTLE_FORM=${JSON.stringify(form)}`],
    // A clone looks its commit up when it is asked for.
    ...(form === "kept" ? [] : [`--define=BOT_BOTTLE_COMMIT=${JSON.stringify(commitOf(root))}`]),
    ...[`--root=${draft}`, `--metafile=${list}`, ...external.map((name) => `--external=${name}`), ...flags, ...entries],
  ]
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd: root, stdio: ["ignore", "ignore", "pipe"] })
  if (exitCode !== 0) throw new Error(`bun build failed: ${stderr.toString()}`)
  const { inputs } = readJson(readFileSync(list, "utf8"), { inputs: "object" })
  return Object.keys(inputs).filter((path) => !resolve(root, path).startsWith(`${draft}/`))
}

/** One file a program, named as the program is: Bun names its output by it. */
export function writeEntries(
  draft: string,
  root: string,
  programs: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(programs).map(([name, source]) => {
    const entry = join(draft, `${name}.ts`)
    writeFileSync(entry, `import ${JSON.stringify(join(root, source))}\n`)
    return entry
  })
}

export function withDraft<T>(work: (folder: string) => T): T {
  const draft = mkdtempSync(join(tmpdir(), "bot-bottle-build-"))
  try {
    return work(draft)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Empty for sources without Git's records, or on a machine without Git. */
function commitOf(root: string): string {
  if (Bun.which("git") === null) return ""
  const { stdout } = Bun.spawnSync(["git", "-C", root, "rev-parse", "--verify", "--quiet", "HEAD"], {
    stderr: "ignore",
  })
  return stdout.toString().trim()
}
