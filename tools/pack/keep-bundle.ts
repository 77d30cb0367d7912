// Keeps a bundle of a clone's own sources in `.tools/bundle/`, so that a start from the clone parses
// no sources. docs/decisions/0023-a-clone-keeps-a-bundle.md says why, and why it cannot be stale.
//
//   bun tools/pack/keep-bundle.ts     `npm run bot-bottle` and the stages of the tests keep one, too
//
// `.tools/bundle/current` names the folder that starts use. Each bundle has a folder of its own, because
// processes of an older one load parts of it later.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { formatInputs, INPUTS_FILE, isUnchanged, stateOf } from "bot-bottle/src/clone/bundle-inputs.ts"
import { Glob } from "bun"
import { NATIVE, packageFolderOf } from "./packages.ts"

/** `changing`: somebody wrote to a source meanwhile, so the bundle would be of no one state and is not kept. */
export type KeptBundle = { readonly outcome: "kept"; readonly folder: string } | { readonly outcome: "changing" }

const START = "apps/cli/src/clone/start-clone.ts"
/** These decide, too, what a bundle holds: versions, aliases, links to packages, and the build itself. */
const DECISIVE = [
  ...["package.json", "bun.lock", "bunfig.toml", "tsconfig.json", "tools/pack/*.ts"],
  ...["{apps,libs}/*/package.json", "{apps,libs}/*/node_modules", "{apps,libs}/*/node_modules/@*"],
]
const OWN = [...DECISIVE, "{apps,libs,migrations}/**/*.{ts,txt,sql,json}"]
/** A process may have read `current` and not have opened its bundle yet. */
const MIN_AGE_MS = 10 * 60_000

/** Throws with Bun's own words when the sources cannot be bundled. */
export async function keepBundle(root: string): Promise<KeptBundle> {
  const bundles = join(root, ".tools/bundle")
  const kept = findKept(root, bundles)
  if (kept !== undefined) return { outcome: "kept", folder: kept }

  // Loaded only now: most starts find a fresh bundle.
  const { buildBundles } = await import("./build-bundles.ts")
  mkdirSync(bundles, { recursive: true })
  const folder = mkdtempSync(join(bundles, "b-"))
  // As the sources: another user of the clone may run them.
  chmodSync(folder, 0o755)
  try {
    const startedAtMs = Date.now()
    const before = new Map(list(root, OWN).map((path) => [path, stateOf(root, path)]))
    const built = buildBundles(folder, { root, form: "kept", external: [NATIVE], instead: { "bot-bottle": START } })
    const inputs = [...new Set([...built, ...built.flatMap(packageFiles), ...list(root, DECISIVE)])].sort()
    const states = inputs.map((path) => ({ path, state: stateOf(root, path) ?? "gone" }))
    const isChanged = ({ path, state }: (typeof states)[number]) =>
      packageFolderOf(path) === undefined
        ? before.get(path) !== state
        : statSync(join(root, path)).mtimeMs >= startedAtMs
    if (states.some(isChanged)) {
      rmSync(folder, { recursive: true })
      return { outcome: "changing" }
    }
    writeFileSync(join(folder, INPUTS_FILE), formatInputs(states))
    linkNative(root, bundles)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const draft = join(bundles, `${basename(folder)}.current`)
  writeFileSync(draft, `${basename(folder)}\n`)
  renameSync(draft, join(bundles, "current"))
  removeUnused(bundles, folder)
  return { outcome: "kept", folder }
}

function findKept(root: string, bundles: string): string | undefined {
  const current = join(bundles, "current")
  if (!existsSync(current)) return undefined
  const folder = join(bundles, readFileSync(current, "utf8").trim())
  const inputs = join(folder, INPUTS_FILE)
  return existsSync(inputs) && isUnchanged(root, readFileSync(inputs, "utf8")) ? folder : undefined
}

function list(root: string, patterns: readonly string[]): readonly string[] {
  const options = { cwd: root, onlyFiles: false, dot: true }
  return patterns.flatMap((pattern) => {
    const paths = [...new Glob(pattern).scanSync(options)]
    // A pattern that finds nothing would leave out, unseen, what it is there for.
    if (paths.length === 0) throw new Error(`no file of the clone is ${pattern}`)
    return paths
  })
}

/** An installed package's own description, and the folder of its links to others. */
function packageFiles(input: string): readonly string[] {
  const folder = packageFolderOf(input)
  return folder === undefined ? [] : [join(folder, "package.json"), dirname(folder)]
}

/** The one package that is not bundled is found above the bundle, as in an installation. */
function linkNative(root: string, bundles: string): void {
  const link = join(bundles, "node_modules", NATIVE)
  mkdirSync(dirname(link), { recursive: true })
  // By rename: a screen may start in this moment, and another build may do the same.
  const draft = `${link}.${process.pid}`
  symlinkSync(resolve(root, "apps/tui/node_modules", NATIVE), draft)
  renameSync(draft, link)
}

function removeUnused(bundles: string, current: string): void {
  const running = commandLines()
  for (const name of readdirSync(bundles).filter((one) => one.startsWith("b-"))) {
    const folder = join(bundles, name)
    if (folder === current || Date.now() - statSync(folder).mtimeMs < MIN_AGE_MS) continue
    if (!running.some((line) => line.includes(`${folder}/`))) rmSync(folder, { recursive: true, force: true })
  }
}

function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      } catch {
        // It has ended.
        return []
      }
    })
}

if (import.meta.main) await keepBundle(resolve(import.meta.dir, "../.."))
