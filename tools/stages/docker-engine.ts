// A Docker engine of the tests' own: its own data, its own socket, a network namespace of its own,
// no firewall rules, and gone with the stage. With an image in it that came from no registry.

import { existsSync } from "node:fs"
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DEFAULT_IMAGE } from "@bot-bottle/bottle"

export type EngineResult =
  | { readonly outcome: "open"; readonly engine: TestEngine }
  /** This host cannot; `why` is for a person. */
  | { readonly outcome: "unavailable"; readonly why: string }

export interface TestEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string
  /** A command in the engine's own network, where its containers' bridge is. */
  enter(argv: readonly string[]): readonly string[]
}

export interface EngineOptions {
  /** Keeps the base system between runs. */
  readonly cache: string
  /** Besides those that every engine of the tests has. */
  readonly flags: readonly string[]
}

const PROGRAMS = ["dockerd", "docker", "debootstrap", "setpriv", "tar", "unshare", "nsenter", "ip"]
const START_MS = 30_000
const STOP_MS = 30_000
const POLL_MS = 100

/** Throws when something fails that should work. */
export async function openDockerEngine({ cache, flags }: EngineOptions): Promise<EngineResult> {
  if (process.getuid?.() !== 0) return { outcome: "unavailable", why: "only root can start an engine" }
  const missing = PROGRAMS.filter((name) => Bun.which(name) === null)
  if (missing.length > 0) return { outcome: "unavailable", why: `not installed: ${missing.join(", ")}` }

  const folder = await mkdtemp(join(tmpdir(), "bot-bottle-engine-"))
  // Beside the engine's own start: neither needs the other yet.
  const base = ensureBaseSystem(cache)
  base.catch(() => {})
  const started = await start(folder, flags)
  if (started.outcome === "unavailable") {
    await base.catch(() => {})
    await rm(folder, { recursive: true, force: true })
    return started
  }
  try {
    await importImage(started.engine.host, await base)
    return started
  } catch (error) {
    await started.engine[Symbol.asyncDispose]()
    throw error
  }
}

async function start(folder: string, flags: readonly string[]): Promise<EngineResult> {
  const host = `unix://${join(folder, "engine.sock")}`
  const log = join(folder, "log")
  const daemon = Bun.spawn(
    [
      // It ends with this process, however that ends.
      ...["setpriv", "--pdeathsig", "TERM", "--", "unshare", "--net", "--", "dockerd"],
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
      ...["--pidfile", join(folder, "pid"), "--host", host],
      ...["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
      ...flags,
    ],
    { stdio: ["ignore", Bun.file(log), Bun.file(log)], env: { PATH: process.env["PATH"] ?? "", HOME: folder } },
  )
  // The same process all along: each of these programs replaces itself by the next.
  const enter = (argv: readonly string[]) => ["nsenter", "--net", "--target", String(daemon.pid), "--", ...argv]
  const close = async () => {
    daemon.kill("SIGTERM")
    await Promise.race([daemon.exited, Bun.sleep(STOP_MS)])
    daemon.kill("SIGKILL")
    await daemon.exited
    await rm(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + START_MS
  while (daemon.exitCode === null && Date.now() < deadline) {
    if ((await docker(host, ["info"])).exitCode === 0) {
      await run(enter(["ip", "link", "set", "lo", "up"]))
      return { outcome: "open", engine: { host, enter, [Symbol.asyncDispose]: close } }
    }
    await Bun.sleep(POLL_MS)
  }
  const said = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").at(-1) ?? ""
  await close()
  return { outcome: "unavailable", why: `dockerd does not start here: ${said}` }
}

/** A tar of a small system with what agents need, made once by debootstrap. */
async function ensureBaseSystem(cache: string): Promise<string> {
  const system = await readSystem()
  const archive = join(cache, `base-${system.suite}.tar`)
  if (existsSync(archive)) return archive
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(tmpdir(), "bot-bottle-base-"))
  try {
    const root = join(draft, "root")
    const packages = "--include=ca-certificates,curl,git,nodejs,procps"
    await run(["debootstrap", "--variant=minbase", packages, ...system.components, system.suite, root, system.mirror])
    const left = ["./var/cache/apt", "./var/lib/apt/lists", "./usr/share/doc", "./usr/share/man", "./dev"]
    await chmod(root, 0o755)
    await run(["tar", "-C", root, "-cf", join(draft, "base.tar"), ...left.map((path) => `--exclude=${path}`), "."])
    await run(["cp", join(draft, "base.tar"), `${archive}.draft`])
    await rename(`${archive}.draft`, archive)
    return archive
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** This host's own distribution, from where it gets its own packages. */
async function readSystem() {
  const release = await readFile("/etc/os-release", "utf8")
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(release)?.[1]
  const suite = field("VERSION_CODENAME") ?? "stable"
  const isUbuntu = field("ID") === "ubuntu"
  const sites = await run(["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"])
  const site = sites.split("\n").find((line) => line.startsWith(`${suite} `))
  const fallback = isUbuntu ? "http://archive.ubuntu.com/ubuntu" : "http://deb.debian.org/debian"
  return {
    suite,
    mirror: site?.slice(suite.length + 1) ?? fallback,
    components: isUbuntu ? ["--components=main,universe"] : [],
  }
}

async function importImage(host: string, archive: string): Promise<void> {
  const { exitCode, output } = await docker(host, ["import", archive, DEFAULT_IMAGE])
  if (exitCode !== 0) throw new Error(`docker import: ${output}`)
}

async function docker(host: string, args: readonly string[]) {
  const child = Bun.spawn(["docker", "--host", host, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  return { exitCode, output: `${stdout}${stderr}`.trim() }
}

async function run(argv: readonly string[]): Promise<string> {
  const child = Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"] })
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  if (exitCode === 0) return stdout
  throw new Error(`${argv[0]} ended with ${exitCode}: ${`${stdout}${stderr}`.trim().split("\n").slice(-3).join("; ")}`)
}
