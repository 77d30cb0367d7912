// A folder that holds everything Bun reads from the folder it starts in, and names a later one might read.
// Each file is a trap: its code leaves a mark, or its variables count.

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** The pinned Bun, started plainly: in the folder, and two folders below it. */
export type Effect = "runs" | "counts" | "nothing"

interface HostileFile {
  readonly inIt: Effect
  readonly below: Effect
  content(traps: Traps): string
}

export interface Traps {
  /** A module that leaves a mark. */
  readonly module: string
  /** A program that does. */
  readonly program: string
  /** A root folder whose settings no command accepts. */
  readonly root: string
  /** The program of ours that is started. */
  readonly entry: string
}

const preload = ({ module }: Traps) => `preload = [${JSON.stringify(module)}]\n`
const variables = ({ root, module }: Traps) =>
  `COUNTED=yes\nBOT_BOTTLE_HOME=${root}\nBUN_OPTIONS=--preload=${module}\nNODE_OPTIONS=--require=${module}\n`
const paths = ({ module }: Traps) => JSON.stringify({ compilerOptions: { paths: { "*": [module] } } })
const relativePaths = () => JSON.stringify({ compilerOptions: { baseUrl: ".", paths: { "*": ["./trap.ts"] } } })
const manifest = ({ entry, module, program }: Traps) =>
  JSON.stringify({
    name: "@bot-bottle/contracts",
    main: module,
    exports: module,
    imports: { "#*": module },
    browser: { [entry]: module },
    scripts: { [entry]: program, prestart: program, start: program },
    trustedDependencies: ["*"],
    bun: { preload: [module] },
  })
const module = ({ module }: Traps) => `await import(${JSON.stringify(module)})\n`

// biome-ignore format: a table
export const HOSTILE_FILES: Readonly<Record<string, HostileFile>> = {
  "bunfig.toml":                 { inIt: "runs",    below: "nothing", content: preload },
  ".env":                        { inIt: "counts",  below: "nothing", content: variables },
  ".env.local":                  { inIt: "counts",  below: "nothing", content: variables },
  ".env.development":            { inIt: "counts",  below: "nothing", content: variables },
  ".env.development.local":      { inIt: "counts",  below: "nothing", content: variables },
  "tsconfig.json":               { inIt: "runs",    below: "runs",    content: paths },
  "jsconfig.json":               { inIt: "runs",    below: "runs",    content: relativePaths },
  // Not read today. When one of these turns red, Bun has begun to.
  ".env.production":             { inIt: "nothing", below: "nothing", content: variables },
  ".env.test":                   { inIt: "nothing", below: "nothing", content: variables },
  ".bunfig.toml":                { inIt: "nothing", below: "nothing", content: preload },
  "bun.toml":                    { inIt: "nothing", below: "nothing", content: preload },
  "bunfig.json":                 { inIt: "nothing", below: "nothing", content: (traps) => JSON.stringify({ preload: [traps.module] }) },
  "bun.config.ts":               { inIt: "nothing", below: "nothing", content: module },
  "bun.config.js":               { inIt: "nothing", below: "nothing", content: module },
  "package.json":                { inIt: "nothing", below: "nothing", content: manifest },
  "deno.json":                   { inIt: "nothing", below: "nothing", content: paths },
  "tsconfig.base.json":          { inIt: "nothing", below: "nothing", content: paths },
  ".npmrc":                      { inIt: "nothing", below: "nothing", content: () => "registry=http://127.0.0.1:9\nignore-scripts=false\n" },
  "node_modules/@bot-bottle/contracts/package.json": { inIt: "nothing", below: "nothing", content: manifest },
  "node_modules/.bin/bun":       { inIt: "nothing", below: "nothing", content: ({ program }) => `#!/bin/sh\nexec ${program}\n` },
}

/** Programs that a command of ours may look for. */
export const PROGRAMS = [
  "bun",
  "git",
  "bwrap",
  "readlink",
  "npm",
  "docker",
  "setpriv",
  "unshare",
  "prlimit",
  "rm",
] as const

export interface HostileFolder {
  readonly traps: Traps
  /** "runs" when a mark was left since this was asked last. */
  takeMark(): "runs" | "nothing"
}

/** Fills `folder`; what the traps need lies in it, too, as a repository would bring it. */
export function fillHostileFolder(folder: string, entry: string, names: readonly string[]): HostileFolder {
  const mark = join(folder, "mark")
  const traps = {
    module: join(folder, "trap.ts"),
    program: join(folder, "trap.sh"),
    root: join(folder, "theirs"),
    entry,
  }
  const write = (path: string, content: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    chmodSync(path, 0o755)
  }
  // In a bottle only its home can be written.
  const marks = JSON.stringify([mark, "/home/node/mark"])
  write(traps.module, `for (const path of ${marks}) try { require("node:fs").appendFileSync(path, "x") } catch {}\n`)
  write(traps.program, `#!/bin/sh\necho x >>'${mark}'\nexit 1\n`)
  write(join(traps.root, "settings.yml"), "theirs: true\n")
  for (const name of names) {
    const file = HOSTILE_FILES[name]
    if (file !== undefined) write(join(folder, name), file.content(traps))
  }
  return {
    traps,
    takeMark() {
      const found = existsSync(mark)
      rmSync(mark, { force: true })
      return found ? "runs" : "nothing"
    },
  }
}

export function fillWithPrograms(folder: string, { program }: Traps): void {
  for (const name of PROGRAMS) {
    const path = join(folder, name)
    mkdirSync(folder, { recursive: true })
    rmSync(path, { force: true })
    writeFileSync(path, `#!/bin/sh\nexec ${program}\n`)
    chmodSync(path, 0o755)
  }
}
