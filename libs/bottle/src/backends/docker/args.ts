// A plan as `docker create`'s command line.
//
// Pure. The agent's argv and environment are not here: they would show in the host's process
// list and in `docker inspect`. The forwarder is told them once it runs.
//
//   INV-61  A container has no network, no capability, no way to gain one, the bottle's own filter, a root
//           nobody can write and no folder of the host but the plan's. Each is asked for by name: what an
//           engine or an image sets by default does not count.

import { SEALED_FOLDER } from "@bot-bottle/contracts"
import { BROWSER_POLICY_FILES } from "../../guest-files/browser-policies.ts"
import { GUEST_HOSTNAME } from "../../guest-files/guest-etc.ts"
import { type BottlePlan, FORWARDER_ARGV, GUEST, type Mount, type TrustFiles, tmpBytesOf } from "../../plan.ts"
import { ENGINE_VARIABLES, type EngineFacts } from "./engine.ts"
import type { FoundImage } from "./image.ts"
import { LABELS } from "./labels.ts"

const SMALL_TMPFS_BYTES = 64 * 1024 ** 2

/** Name of the socket in the guest share to which the forwarder brings its end of the control channel. Short: paths of sockets are. */
export const CONTROL_CHANNEL_SOCKET = "line.sock"

export interface CreateParts {
  readonly plan: BottlePlan
  readonly image: Pick<FoundImage, "id" | "variables" | "javaHome">
  readonly stateFolder: string
  readonly uid: number
  readonly facts: Pick<EngineFacts, "hasRunsc" | "limits">
  /** Host path of the filter. */
  readonly seccompFile: string
}

/** Without the command line's own name, and without the label that only the keeper knows. */
export function createArgs({ plan, image, stateFolder, uid, facts, seccompFile }: CreateParts): readonly string[] {
  const [program, ...rest] = FORWARDER_ARGV
  return [
    "create",
    ...["--label", `${LABELS.state}=${stateFolder}`],
    // Nothing is fetched from anywhere because an agent is started.
    ...["--pull", "never"],
    "--rm",
    "--interactive",
    // Its first process collects orphans, which the forwarder does not; that process is the engine's, not the image's.
    "--init",
    ...(facts.hasRunsc ? ["--runtime", "runsc"] : []),
    ...["--network", "none"],
    ...["--ipc", "private"],
    ...["--cgroupns", "private"],
    ...["--hostname", GUEST_HOSTNAME],
    ...["--user", `${uid}:${uid}`],
    ...environment(image.variables),
    ...["--cap-drop", "ALL"],
    ...["--security-opt", "no-new-privileges:true"],
    ...["--security-opt", `seccomp=${seccompFile}`],
    ...["--restart", "no"],
    "--no-healthcheck",
    // The agent's output goes to its operator, not into the engine's files.
    ...["--log-driver", "none"],
    "--read-only",
    ...["--shm-size", `${tmpBytesOf(plan.limits)}`],
    ...tmpfs("/tmp", "1777", tmpBytesOf(plan.limits)),
    ...tmpfs("/var/tmp", "1777", tmpBytesOf(plan.limits)),
    ...tmpfs("/run", "0755", SMALL_TMPFS_BYTES),
    ...tmpfs("/home", "0755", SMALL_TMPFS_BYTES),
    // The kernel's view of the machine, which no agent needs, is hidden behind nothing at all.
    ...["/sys", "/sys/fs/cgroup"].flatMap((path) => ["--tmpfs", `${path}:ro,mode=0555,size=4k`]),
    ...[...plan.mounts, ...trustMounts(plan.trust, image)].flatMap((mount) => ["--mount", formatMount(mount)]),
    ...limitArgs(plan.limits, facts),
    ...["--workdir", SEALED_FOLDER],
    ...["--entrypoint", program],
    image.id,
    ...rest,
    `${GUEST.share}/${CONTROL_CHANNEL_SOCKET}`,
  ]
}

/** Docker's command line gives these to every container when the operator's own configuration names a proxy, password and all. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
])
/** The agent's home is the agent's: what lies in it configures no program that starts before it. */
const OWN_VARIABLES = { HOME: "/", PATH: "/usr/bin:/bin" }

/**
 * Of the bottle's first processes, which the agent can look at, and one of which runs the self-test: nothing of the
 * image's, nothing of the operator's.
 */
function environment(ofImage: readonly string[]): readonly string[] {
  const others = [...new Set([...PROXY_VARIABLES, ...ofImage])].filter((name) => !Object.hasOwn(OWN_VARIABLES, name))
  return [
    ...Object.entries(OWN_VARIABLES).map(([name, value]) => `--env=${name}=${value}`),
    // A name alone takes the variable away, unless the command line itself has it: then it would be handed over.
    ...others.map((name) => (ENGINE_VARIABLES.includes(name) ? `--env=${name}=` : `--env=${name}`)),
  ]
}

/** Where the systems of images keep their roots; the engine makes what an image lacks. */
function trustMounts({ bundle, java, browser }: TrustFiles, { javaHome }: CreateParts["image"]): readonly Mount[] {
  const files = [
    ...["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt"].map(
      (target) => ({ source: bundle, target }),
    ),
    { source: java, target: "/etc/ssl/certs/java/cacerts" },
    ...BROWSER_POLICY_FILES.map((target) => ({ source: browser, target })),
    ...(javaHome === undefined ? [] : [{ source: java, target: `${javaHome}/lib/security/cacerts` }]),
  ]
  return files.map((file) => ({ ...file, access: "read-only" }))
}

function tmpfs(path: string, mode: string, bytes: number): readonly string[] {
  // Without `exec` Docker would forbid it: build tools run what they have just written to /tmp.
  return ["--tmpfs", `${path}:rw,exec,nosuid,nodev,mode=${mode},size=${bytes}`]
}

/** The command line reads it as one row of CSV. */
export function formatMount({ source, target, access }: Mount): string {
  const fields = [
    "type=bind",
    `source=${source}`,
    `target=${target}`,
    "bind-propagation=rprivate",
    ...(access === "read-only" ? ["readonly"] : []),
  ]
  return fields.map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")
}

function limitArgs(
  { memoryBytes, pids, cpus }: BottlePlan["limits"],
  { limits }: Pick<EngineFacts, "limits">,
): readonly string[] {
  return [
    ...(memoryBytes !== undefined && limits.has("memory")
      ? ["--memory", `${memoryBytes}`, "--memory-swap", `${memoryBytes}`]
      : []),
    ...(pids !== undefined && limits.has("pids") ? ["--pids-limit", `${pids}`] : []),
    ...(cpus !== undefined && limits.has("cpu") ? ["--cpus", `${cpus}`] : []),
  ]
}
