// Installs an agent's npm package where bottles can mount it: once per provider and version.
//
// The package manager's scripts are off: what an agent's package would do at install time, it
// would do on the host. The folder appears whole, by rename, or not at all.
//
//   A toolchain folder that exists is complete, and of exactly the version it names.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { asBun, OperatorProblem, SEALED_FOLDER } from "@bot-bottle/contracts"
import { Glob } from "bun"

export interface ToolchainRequest {
  readonly root: string
  readonly provider: string
  readonly npmPackage: string
  /** Exact. */
  readonly version: string
  /** From the toolchain folder; must exist after the installation. */
  readonly executable: string
}

export type ToolchainProgress = (step: {
  readonly kind: "waiting" | "installing" | "installed"
  readonly what: string
}) => void

export function toolchainFolder({ root, provider, version }: ToolchainRequest): string {
  return join(root, "toolchains", provider, version)
}

/** One process installs a version at a time. */
export interface ToolchainTurn {
  /** False while another process has it. */
  take(name: string): Promise<boolean>
  release(name: string): Promise<void>
}

export interface ToolchainInstall {
  readonly turn: ToolchainTurn
  readonly onProgress: ToolchainProgress
}

/** Names the turn. */
export function toolchainName({ provider, version }: Pick<ToolchainRequest, "provider" | "version">): string {
  return `${provider}/${version}`
}

export function isToolchainInstalled(request: ToolchainRequest): boolean {
  return existsSync(join(toolchainFolder(request), request.executable))
}

/** Returns the folder to mount. Throws OperatorProblem with the command to try by hand. */
export async function installToolchain(request: ToolchainRequest, options: ToolchainInstall): Promise<string> {
  const folder = toolchainFolder(request)
  if (isToolchainInstalled(request)) return folder
  const running = underWay.get(folder) ?? takeTurn(request, options).finally(() => underWay.delete(folder))
  underWay.set(folder, running)
  await running
  return folder
}

/** Installations of this process. Between processes the turn decides who installs. */
const underWay = new Map<string, Promise<void>>()
const POLL_MS = 100

async function takeTurn(request: ToolchainRequest, { turn, onProgress }: ToolchainInstall): Promise<void> {
  const what = `${request.npmPackage} ${request.version}`
  const name = toolchainName(request)
  for (let waited = false; !(await turn.take(name)); waited = true) {
    if (!waited) onProgress({ kind: "waiting", what })
    await Bun.sleep(POLL_MS)
    if (isToolchainInstalled(request)) return
  }
  try {
    if (isToolchainInstalled(request)) return
    onProgress({ kind: "installing", what })
    await install(request)
    onProgress({ kind: "installed", what })
  } finally {
    await turn.release(name)
  }
}

async function install(request: ToolchainRequest): Promise<void> {
  const folder = toolchainFolder(request)
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
  const draft = `${folder}.${process.pid}.draft`
  // Ours is the only turn: any other draft was left by an installation that was killed.
  for (const left of new Glob(`${basename(folder)}.*.draft`).scanSync({ cwd: dirname(folder), onlyFiles: false })) {
    rmSync(join(dirname(folder), left), { recursive: true, force: true })
  }
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  try {
    // Without one, the package manager would look for a project in the folders above.
    writeFileSync(join(draft, "package.json"), '{"private":true}\n')
    await run(installCommand(request, draft), request)
    if (!existsSync(join(draft, request.executable))) {
      throw new OperatorProblem(
        `${request.npmPackage} ${request.version} has no ${request.executable} for this platform`,
        {
          hint: `${process.platform}-${process.arch} may not be supported by the package`,
        },
      )
    }
    // The guest's uid reads it; the folders above stay the operator's.
    await run(["chmod", "-R", "a+rX", "--", draft], request)
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function installCommand({ npmPackage, version }: ToolchainRequest, folder: string): string[] {
  const spec = `${npmPackage}@${version}`
  const npm = Bun.which("npm")
  return npm === null
    ? [...asBun(process.execPath), "add", "--config=/dev/null", "--cwd", folder, "--ignore-scripts", "--exact", spec]
    : [
        npm,
        "install",
        "--prefix",
        folder,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        ...NPM_RETRIES,
        "--save-exact",
        spec,
      ]
}

/** npm's own would keep a person without a network waiting for more than a minute. */
const NPM_RETRIES = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"]

/** Looks, and installs nothing: it is pasted in a project. */
function describeFix(words: string, { npmPackage, version }: ToolchainRequest): string {
  if (words.includes("ENOSPC")) return "free some space, and start again"
  const look =
    Bun.which("npm") === null ? "curl --head https://registry.npmjs.org" : `npm view ${npmPackage}@${version} version`
  return `check that the npm registry can be reached: ${look}`
}

/** npm says the cause first and much else after it; bun says it last. */
export function describeInstallFailure(output: string): string {
  const lines = output.split("\n").map((line) => line.trim())
  const errors = lines.filter((line) => /^npm (?:error|ERR!) (?!A complete log)/.test(line))
  const told = errors.length > 0 ? errors.slice(0, MAX_WORDS) : lines.filter((line) => line !== "").slice(-MAX_WORDS)
  return told.map((line) => line.replace(/^npm (?:error|ERR!) /, "")).join("; ")
}

const MAX_WORDS = 3

/** An installer that was ended says nothing. */
function describeEnd({ signalCode, exitCode }: Bun.Subprocess): string {
  return signalCode === null ? `the installer ended with exit code ${exitCode}` : `${signalCode} ended the installer`
}

async function run(argv: string[], request: ToolchainRequest): Promise<void> {
  const child = Bun.spawn(argv, { cwd: SEALED_FOLDER, stdio: ["ignore", "pipe", "pipe"] })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (exitCode === 0) return
  const words = describeInstallFailure(`${stdout}\n${stderr}`) || describeEnd(child)
  const { npmPackage, version } = request
  throw new OperatorProblem(`Cannot install ${npmPackage} ${version}: ${words}`, { hint: describeFix(words, request) })
}
