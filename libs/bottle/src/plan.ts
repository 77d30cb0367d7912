// The parts of a bottle, as plain data: every backend builds the same bottle from it.
//
// Pure. The plan holds no secret: credentials never enter a bottle.
//
//   INV-63  A bottle's environment and mounts are the plan's and nothing else: what is not
//           named here does not exist inside.

import { posix } from "node:path"
import { EMPTY_COVERS, GUEST_SHARE_FILES, guestProgram, type RunFolders, type Slug } from "@bot-bottle/contracts"
import type { GuestRuntime, SelfTestOrder } from "@bot-bottle/guest"
import { GUEST_ETC_FILES, GUEST_HOSTNAME } from "./guest-files/guest-etc.ts"
import { UNSIGNED_GIT } from "./guest-files/unsigned-git.ts"

export interface BottlePlan {
  readonly slug: Slug
  /** The agent's own command line, run in the guest. */
  readonly argv: readonly string[]
  /** The guest's whole environment; nothing of the host's leaks past it. */
  readonly env: Readonly<Record<string, string>>
  /** Parents before what is mounted inside them. */
  readonly mounts: readonly Mount[]
  /** Inside the guest. */
  readonly cwd: string
  readonly limits: PlanLimits
  /** Host paths of the run's own roots: a backend shows them where its system keeps roots. */
  readonly trust: TrustFiles
  /** The source of the system's files, for a backend that needs one; as its `prepare` returned it. */
  readonly image?: string
  /** Checks of isolation that run before the agent starts. Absent: none run. */
  readonly selfTest?: SelfTestOrder
}

/** The proxy writes them as it starts. */
export interface TrustFiles {
  /** PEM. */
  readonly bundle: string
  /** A Java key store. */
  readonly java: string
  /** A policy of Chromium's. */
  readonly browser: string
}

export interface Mount {
  /** Absolute host path. */
  readonly source: string
  /** Absolute guest path. */
  readonly target: string
  readonly access: "read-only" | "read-write"
  /** The operator's own: who owns the folder owns what is made in it. Absent for what is the run's. */
  readonly keepsOwner?: true
}

export interface PlanLimits {
  readonly memoryBytes?: number
  readonly pids?: number
  readonly cpus?: number
  readonly diskBytes?: number
  /** Of /tmp, /var/tmp and /dev/shm, each. */
  readonly tmpBytes?: number
}

/** They are memory, so never unbounded. No larger than the disk limit: they must not get around it. */
export function tmpBytesOf({ tmpBytes, diskBytes }: PlanLimits): number {
  return tmpBytes ?? Math.min(diskBytes ?? DEFAULT_TMP_BYTES, DEFAULT_TMP_BYTES)
}

const DEFAULT_TMP_BYTES = 2 * 1024 ** 3

/** Where things are inside every bottle, whatever the backend. */
export const GUEST = {
  home: "/home/node",
  workspace: "/home/node/workspace",
  /** The guest share of contracts' GUEST_SHARE_FILES, read-only. */
  share: "/run/bot-bottle",
  toolchain: "/opt/bot-bottle/toolchain",
  /** Bun and the forwarder, read-only. */
  runtime: "/opt/bot-bottle/runtime",
  /** Small scripts that start what lies in the runtime; written by the launcher, in the guest share. */
  commands: "/run/bot-bottle/bin",
  uid: 1000,
  proxyPort: 3128,
  /** Where programs look for them that know of no proxy. */
  dnsPort: 53,
  webPorts: [443, 80],
} as const

/** The forwarder's own command line in the guest. Every backend starts it in SEALED_FOLDER. */
export const FORWARDER_ARGV = guestProgram(GUEST.runtime, "forwarder")

export interface BottleRequest {
  readonly slug: Slug
  readonly folders: RunFolders
  readonly runtime: GuestRuntime
  /** Absent for agents that the system provides. */
  readonly toolchainFolder?: string
  readonly argv: readonly string[]
  /** Wins over what every bottle gets: PATH, HOME, the proxy and CA variables. */
  readonly env: Readonly<Record<string, string>>
  /** Folders of the host that hold programs, and that the bottle shows: after its own. */
  readonly searchPath: readonly string[]
  /** Defaults to the workspace. */
  readonly cwd?: string
  /** Where the run's own workspace is to be, if not at the usual place. */
  readonly workspacePath?: string
  /** The operator's folder in place of the run's own workspace. */
  readonly bind?: BoundFolder
  readonly limits?: PlanLimits
  readonly image?: string
  readonly selfTest?: SelfTestOrder
}

/** Paths but `folder` are relative to it. */
export interface BoundFolder {
  readonly folder: string
  /** Mounted onto themselves, so that they can be neither renamed nor removed. */
  readonly pinned: readonly string[]
  readonly readOnly: readonly string[]
  /** Covered by something empty. */
  readonly hidden: readonly { readonly path: string; readonly kind: "folder" | "file" }[]
}

export function planBottle(request: BottleRequest): BottlePlan {
  const { folders, runtime, toolchainFolder } = request
  return {
    slug: request.slug,
    argv: request.argv,
    env: { ...guestEnv(toolchainFolder !== undefined, request.searchPath), ...request.env },
    mounts: [
      ...GUEST_ETC_FILES.map(({ name }) => readOnly(posix.join(folders.etc, name), `/etc/${name}`)),
      { source: folders.home, target: GUEST.home, access: "read-write" },
      ...workspaceMounts(request),
      readOnly(folders.guestShare, GUEST.share),
      readOnly(runtime.bun, FORWARDER_ARGV[0]),
      ...runtime.files.map(({ source, name }) => readOnly(source, `${GUEST.runtime}/${name}`)),
      ...(toolchainFolder === undefined ? [] : [readOnly(toolchainFolder, GUEST.toolchain)]),
    ],
    cwd: request.cwd ?? guestWorkspaceOf(request.bind?.folder ?? request.workspacePath),
    limits: request.limits ?? {},
    trust: {
      bundle: posix.join(folders.guestShare, GUEST_SHARE_FILES.caBundle),
      java: posix.join(folders.guestShare, GUEST_SHARE_FILES.javaTrust),
      browser: posix.join(folders.guestShare, GUEST_SHARE_FILES.browserPolicy),
    },
    ...(request.image === undefined ? {} : { image: request.image }),
    ...(request.selfTest === undefined ? {} : { selfTest: request.selfTest }),
  }
}

/** Where a bottle has something of its own. */
const OWN_PLACES = [GUEST.home, posix.dirname(GUEST.runtime), "/run", "/dev", "/proc", "/sys", "/etc"]

/**
 * Where the agent works. A bound folder keeps its path, and a copy may: what was built there names it, and what is built
 * here works there.
 */
export function guestWorkspaceOf(folder: string | undefined): string {
  if (folder === undefined) return GUEST.workspace
  const holds = (above: string, path: string) => `${path}/`.startsWith(`${above}/`)
  const isTaken = OWN_PLACES.some((place) => holds(place, folder) || holds(folder, place))
  return isTaken ? GUEST.workspace : folder
}

function workspaceMounts({ folders, bind, workspacePath }: BottleRequest): readonly Mount[] {
  if (bind === undefined) {
    return [{ source: folders.workspace, target: guestWorkspaceOf(workspacePath), access: "read-write" }]
  }
  const workspace = guestWorkspaceOf(bind.folder)
  const inner = [
    ...bind.pinned.map((path) => ({ path, access: "read-write" as const })),
    ...bind.readOnly.map((path) => ({ path, access: "read-only" as const })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1))
  const shown = [{ path: "", access: "read-write" as const }, ...inner].map(({ path, access }) => ({
    source: posix.join(bind.folder, path),
    target: posix.join(workspace, path),
    access,
    keepsOwner: true as const,
  }))
  const covers = bind.hidden.map(({ path, kind }) =>
    readOnly(posix.join(folders.etc, EMPTY_COVERS[kind]), posix.join(workspace, path)),
  )
  return [...shown, ...covers]
}

function readOnly(source: string, target: string): Mount {
  return { source, target, access: "read-only" }
}

/**
 * The bottle itself, in every spelling that some client takes and none fails on: httpx does on an IPv6 address in
 * brackets. Clients with another idea are joined by the forwarder.
 */
const OWN_NAMES = `localhost,.localhost,${GUEST_HOSTNAME},127.0.0.1,127.0.0.0/8,0.0.0.0,::1`

/**
 * A backend shows the run's store in place of that of every JVM it knows. These reach the build tools of a JVM that the
 * agent installs. JAVA_TOOL_OPTIONS would reach the JVM itself, but each one then says so on stderr.
 */
const JAVA_TRUST = Object.fromEntries(
  ["JAVA_OPTS", "MAVEN_OPTS", "GRADLE_OPTS"].map((name) => [
    name,
    `-Djavax.net.ssl.trustStore=${GUEST.share}/${GUEST_SHARE_FILES.javaTrust}`,
  ]),
)

const SYSTEM_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

function guestEnv(hasToolchain: boolean, searchPath: readonly string[]): Record<string, string> {
  const proxy = `http://127.0.0.1:${GUEST.proxyPort}`
  const caBundle = `${GUEST.share}/${GUEST_SHARE_FILES.caBundle}`
  const toolchainPath = hasToolchain ? [`${GUEST.toolchain}/node_modules/.bin`] : []
  return {
    PATH: [...new Set([...toolchainPath, GUEST.commands, ...SYSTEM_PATH, ...searchPath])].join(":"),
    HOME: GUEST.home,
    USER: "node",
    LOGNAME: "node",
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    ALL_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    all_proxy: proxy,
    NO_PROXY: OWN_NAMES,
    no_proxy: OWN_NAMES,
    NODE_USE_ENV_PROXY: "1",
    NODE_EXTRA_CA_CERTS: `${GUEST.share}/${GUEST_SHARE_FILES.ca}`,
    SSL_CERT_FILE: caBundle,
    REQUESTS_CA_BUNDLE: caBundle,
    CURL_CA_BUNDLE: caBundle,
    GIT_SSL_CAINFO: caBundle,
    DENO_CERT: caBundle,
    ...UNSIGNED_GIT,
    // It would trace its own process, which no process of a bottle may; programs without a leak would fail.
    LSAN_OPTIONS: "detect_leaks=0",
    CARGO_HTTP_CAINFO: caBundle,
    PIP_CERT: caBundle,
    AWS_CA_BUNDLE: caBundle,
    // npm, pnpm and Yarn 1 read it, and it beats a 'cafile' in any npmrc.
    npm_config_cafile: caBundle,
    YARN_HTTPS_CA_FILE_PATH: caBundle,
    NIX_SSL_CERT_FILE: caBundle,
    BUNDLE_SSL_CA_CERT: caBundle,
    HEX_CACERTS_PATH: caBundle,
    COMPOSER_CAFILE: caBundle,
    PERL_LWP_SSL_CA_FILE: caBundle,
    HTTPLIB2_CA_CERTS: caBundle,
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: caBundle,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: caBundle,
    VAULT_CACERT: caBundle,
    ...JAVA_TRUST,
  }
}
