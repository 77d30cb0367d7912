// Installs the clients that the package registries serve, outside any bottle, into a folder beside
// the clone. Each part once: what it was made from is written beside it.

import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { inTurn } from "@bot-bottle/testkit"

/** The one that fetches what it is told to. */
export const MAVEN_PLUGIN = "3.8.1"

const ROOT = resolve(import.meta.dir, "../..")
const SOURCES = join(import.meta.dir, "toolbox")
const DEADLINE_MS = 400_000

export type Part = "npm" | "python" | "go" | "java" | "cargo" | "maven"

export interface Toolbox {
  /** Shown to bottles read-only. */
  readonly folder: string
  /** Why a part could not be had. */
  readonly missing: ReadonlyMap<Part, string>
}

interface Recipe {
  readonly part: Part
  /** Its sources, below `toolbox/`. */
  readonly sources: readonly string[]
  /** Host programs. */
  readonly needs: readonly string[]
  make(folder: string): Promise<void>
}

const PYTHON = "/usr/bin/python3"
const GO = "/usr/local/go/bin/go"

const RECIPES: readonly Recipe[] = [
  {
    part: "npm",
    sources: ["package.json", "bun.lock"],
    needs: [],
    async make(folder) {
      for (const file of ["package.json", "bun.lock"]) copyFileSync(join(SOURCES, file), join(folder, file))
      await run([process.execPath, "install", "--frozen-lockfile"], folder)
    },
  },
  {
    part: "python",
    sources: ["requirements.txt"],
    needs: [PYTHON],
    make: (folder) =>
      run(
        [
          PYTHON,
          "-m",
          "pip",
          "install",
          "--quiet",
          "--no-deps",
          "--target",
          folder,
          "-r",
          join(SOURCES, "requirements.txt"),
        ],
        folder,
      ),
  },
  {
    part: "go",
    sources: ["go/get.go"],
    needs: [GO],
    make: (folder) =>
      run([GO, "build", "-o", join(folder, "get"), join(SOURCES, "go/get.go")], folder, { CGO_ENABLED: "0" }),
  },
  {
    part: "java",
    sources: ["java/Get.java"],
    needs: ["/usr/bin/javac"],
    make: (folder) => run(["/usr/bin/javac", "-d", folder, join(SOURCES, "java/Get.java")], folder),
  },
  {
    part: "maven",
    sources: [],
    needs: ["/usr/bin/mvn"],
    // The plugin and all it needs come along with the first artifact that it fetches.
    make: (folder) =>
      run(
        [
          "/usr/bin/mvn",
          "-B",
          "-q",
          `-Dmaven.repo.local=${join(folder, "repository")}`,
          `org.apache.maven.plugins:maven-dependency-plugin:${MAVEN_PLUGIN}:get`,
          "-Dartifact=junit:junit:4.13.2:pom",
          "-Dtransitive=false",
        ],
        folder,
      ),
  },
  {
    part: "cargo",
    sources: ["reqwest/Cargo.toml", "reqwest/Cargo.lock", "reqwest/src/main.rs"],
    needs: ["cargo", "rustc"],
    async make(folder) {
      const manifest = join(SOURCES, "reqwest/Cargo.toml")
      await run(
        ["cargo", "build", "--locked", "--manifest-path", manifest, "--target-dir", join(folder, "target")],
        folder,
        rustupHome(),
      )
      copyFileSync(join(folder, "target/debug/get"), join(folder, "get"))
      rmSync(join(folder, "target"), { recursive: true })
      // A bottle sees no home of the host's, and there rustup keeps it.
      const sysroot = (await output(["rustc", "--print", "sysroot"], rustupHome())).trim()
      copyFileSync(join(sysroot, "bin/cargo"), join(folder, "cargo"))
    },
  },
]

/** The parts beside one another: most of their time is the network's. */
export function openToolbox(folder = join(ROOT, ".tools/clients")): Promise<Toolbox> {
  return inTurn(`${folder}.turn`, () => makeToolbox(folder), { deadlineMs: DEADLINE_MS })
}

async function makeToolbox(folder: string): Promise<Toolbox> {
  const missing = new Map<Part, string>()
  await Promise.all(
    RECIPES.map(async (recipe) => {
      try {
        await ensure(recipe, join(folder, recipe.part))
      } catch (error) {
        missing.set(recipe.part, error instanceof Error ? error.message : String(error))
      }
    }),
  )
  return { folder, missing }
}

async function ensure({ sources, needs, make }: Recipe, folder: string): Promise<void> {
  const lacking = needs.filter((program) => Bun.which(program) === null)
  if (lacking.length > 0) throw new Error(`this machine lacks ${lacking.join(" and ")}`)
  const hash = createHash("sha256")
  for (const source of [...sources, "../toolbox.ts"]) hash.update(readFileSync(join(SOURCES, source)))
  const wanted = hash.digest("hex")
  const stamp = join(folder, ".made-from")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await make(folder)
  writeFileSync(stamp, wanted)
}

/** rustup's programs look below HOME, which is empty in CI: there the toolchains are beside these programs. */
function rustupHome(): Readonly<Record<string, string>> {
  const beside = resolve(dirname(Bun.which("cargo") ?? ""), "../../.rustup")
  const homes = [Bun.env["RUSTUP_HOME"] ?? join(Bun.env["HOME"] ?? "", ".rustup"), beside]
  // rustup leaves a home without toolchains where it found none.
  const found = homes.find((home) => existsSync(join(home, "toolchains")))
  return found === undefined ? {} : { RUSTUP_HOME: found }
}

async function output(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = Bun.spawn([...argv], {
    env: { ...Bun.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: DEADLINE_MS,
  })
  return await child.stdout.text()
}

async function run(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...Bun.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEADLINE_MS,
  })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  if (exitCode !== 0)
    throw new Error(`${argv.slice(0, 4).join(" ")} ended with ${exitCode}: ${`${stdout}${stderr}`.slice(-600)}`)
}

/** Why a client cannot be tried here. */
export function findLack(
  { missing }: Toolbox,
  { part, needs = [] }: { readonly part?: Part; readonly needs?: readonly string[] },
): string | undefined {
  const lacking = needs.filter((program) => !existsSync(program))
  if (lacking.length > 0) return `this machine lacks ${lacking.join(" and ")}`
  return part === undefined ? undefined : missing.get(part)?.split("\n", 1)[0]
}
