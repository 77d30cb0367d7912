// A folder, its copy in a workspace, and the way back, for the tests of review and apply.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { textOf } from "@bot-bottle/kernel"
import { loadBaseline } from "../baseline.ts"
import { copyWorkspace } from "../copy/copy-workspace.ts"
import { applyChanges } from "../review/apply-changes.ts"
import { type Review, reviewWorkspace } from "../review/review.ts"

export interface WorkspaceTrial extends Disposable {
  /** The operator's folder. */
  readonly source: string
  readonly workspace: string
  readonly outside: string
  readonly baselineFile: string
  review(): Promise<Review>
  /** The changes that `apply` would do; every clean change that is not held, or all. Refusals by path. */
  apply(options?: { readonly review?: Review; readonly includeHeld?: boolean }): Promise<Record<string, string>>
}

/** `files`: contents by path; a name that ends in `*` is executable. */
export async function openTrial(files: Readonly<Record<string, string>>): Promise<WorkspaceTrial> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "bottle-trial-")))
  const [source, workspace, outside, root] = ["source", "workspace", "outside", "root"].map((name) =>
    join(top, name),
  ) as [string, string, string, string]
  for (const folder of [source, workspace, outside, root]) mkdirSync(folder)
  fill(source, files)
  const baselineFile = join(top, "baseline")
  await copyWorkspace({
    source,
    target: workspace,
    root,
    baseline: baselineFile,
    names: { secrets: "hidden", hide: [] },
    onLong: () => {},
    longMs: 60_000,
  })
  const review = () => reviewWorkspace({ workspace, baseline: loadBaseline(baselineFile, "trial-aaaaa") })
  return {
    source,
    workspace,
    outside,
    baselineFile,
    review,
    async apply({ review: given, includeHeld = false } = {}) {
      const reviewed = given ?? (await review())
      const wanted = reviewed.changes.filter(
        ({ standing, held }) => standing.kind === "clean" && (includeHeld || held === undefined),
      )
      const outcomes = applyChanges({
        slug: "trial-aaaaa",
        workspace,
        source,
        baseline: loadBaseline(baselineFile, "trial-aaaaa"),
        baselineFile,
        changes: reviewed.changes.map(({ change }) => change),
        isWanted: (change) => wanted.some((one) => one.change === change),
      })
      return Object.fromEntries(
        outcomes.flatMap(({ change, outcome }) =>
          outcome.kind === "refused" ? [[textOf(change.path), outcome.why]] : [],
        ),
      )
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }),
  }
}

export function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name.replace(/\*$/, ""))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, name.endsWith("*") ? 0o755 : 0o644)
  }
}

/** Everything below, by path: contents, `-> target`, or `folder`; `*` marks what is executable. */
export function listing(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()
  return Object.fromEntries(
    paths.map((path) => {
      const stat = lstatSync(join(folder, path))
      if (stat.isSymbolicLink()) return [path, `-> ${readlinkSync(join(folder, path))}`]
      if (stat.isDirectory()) return [path, "folder"]
      if (!stat.isFile()) return [path, "other"]
      return [`${path}${(stat.mode & 0o100) === 0 ? "" : "*"}`, readFileSync(join(folder, path), "utf8")]
    }),
  )
}

/** Each change in a word, its standing and why it is held. */
export function described({ changes }: Review): readonly string[] {
  return changes.map(({ change, standing, held }) => {
    const path = change.status === "renamed" ? `${textOf(change.from)} => ${textOf(change.path)}` : textOf(change.path)
    const marks = [
      standing.kind === "conflict" ? standing.why : standing.kind,
      ...(held === undefined ? [] : [`held: ${held}`]),
    ]
    return `${change.status} ${path}: ${marks.join("; ")}`
  })
}

/** Exchanges `<folder>/sub` and a link to `outside` for each other, as fast as it can, until it is disposed of. */
export async function startSwapping(folder: string, outside: string): Promise<AsyncDisposable> {
  const script = `
    const { dlopen } = require("bun:ffi");
    require("node:fs").symlinkSync(${JSON.stringify(outside)}, ${JSON.stringify(join(folder, "link"))});
    const { symbols } = dlopen("libc.so.6", { renameat2: { args: ["i32", "ptr", "i32", "ptr", "u32"], returns: "i32" } });
    const [sub, link] = ["sub", "link"].map((name) => Buffer.from(${JSON.stringify(folder)} + "/" + name + "\\0"));
    const swap = () => symbols.renameat2(-100, sub, -100, link, 2);
    if (swap() !== 0) throw new Error("this file system exchanges no names");
    console.log("on");
    for (;;) swap();`
  const swapper = Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "pipe", "inherit"] })
  const { done } = await swapper.stdout.getReader().read()
  if (done) throw new Error("the swapper ended")
  return {
    async [Symbol.asyncDispose]() {
      swapper.kill("SIGKILL")
      await swapper.exited
    },
  }
}
