// Facts of a backend that the conformance suite must know: where its bottles' processes are, and
// the parts that a bottle of its kind has beyond the plan.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess, listDescendants } from "@bot-bottle/kernel"
import type { Backend } from "../backend.ts"
import { createBwrapBackend } from "../backends/bwrap/bwrap-backend.ts"
import { listContainers } from "../backends/docker/containers.ts"
import { createDockerBackend } from "../backends/docker/docker-backend.ts"
import { requireEngine, runDocker } from "../backends/docker/engine.ts"
import { GUEST } from "../plan.ts"
import { uidOfRun } from "../run-owner.ts"

export const SUBJECT_NAMES = ["bwrap", "docker"] as const

export interface Subject {
  readonly name: (typeof SUBJECT_NAMES)[number]
  create(): Backend
  /** Every process under `top`, itself included, and every one of the bottles of this run, as the host sees them. */
  listProcesses(top: ProcessIdentity, stateFolder: string): Promise<readonly ProcessIdentity[]>
  /** The agent's uid as the agent sees it. */
  guestUid(slug: string): number
  /** Of the root folder, besides the parts that every system has. */
  readonly ownTop: readonly string[]
  /** There, as every container has them, and with nothing in them that could be read. */
  readonly hollow: readonly string[]
  /** Names of the variables that the bottle's own processes have. */
  readonly ownVariables: readonly string[]
  /** Calls from this number on may be unknown to what compiles the filter, and so absent. */
  readonly unknownCallsFrom: number
  /** Milliseconds after its first child at which a launcher is killed. */
  readonly killMoments: readonly number[]
}

export const BWRAP: Subject = {
  name: "bwrap",
  create: createBwrapBackend,
  listProcesses: async (top) => [top, ...listDescendants(top)],
  guestUid: () => GUEST.uid,
  ownTop: [],
  hollow: [],
  ownVariables: ["PWD"],
  unknownCallsFrom: Number.POSITIVE_INFINITY,
  // Early kills fall between the parts of the start, where no --die-with-parent is armed yet.
  killMoments: [0, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60],
}

const findVariable = (name: string) => Bun.env[name]

export const DOCKER: Subject = {
  name: "docker",
  create: () => createDockerBackend({ find: findVariable }),
  listProcesses: async (top, stateFolder) => {
    const engine = requireEngine(findVariable)
    const ids = (await listContainers(engine, { stateFolder })).map(({ id }) => id)
    const format = ["inspect", "--format", "{{.State.Pid}}", ...ids]
    const pids = ids.length === 0 ? "" : (await runDocker(engine, format)).stdout
    const inside = pids.split("\n").flatMap((pid) => {
      const identity = Number(pid) > 0 ? identifyProcess(Number(pid)) : undefined
      return identity === undefined ? [] : [identity, ...listDescendants(identity)]
    })
    return [top, ...listDescendants(top), ...inside]
  },
  guestUid: (slug) => (process.getuid?.() === 0 ? uidOfRun(slug) : (process.getuid?.() ?? 0)),
  ownTop: [".dockerenv", "boot", "media", "mnt", "root", "srv", "sys"],
  hollow: ["/root", "/var/run", "/etc/shadow", "/etc/ssl/private", "/sys", "/boot"],
  ownVariables: ["PATH", "HOSTNAME", "HOME", "PWD"],
  unknownCallsFrom: 450,
  // Before, while and after the engine makes the container and starts it.
  killMoments: [0, 25, 50, 75, 100, 150, 200, 250, 300, 400],
}

export function subjectNamed(name: Subject["name"]): Subject {
  return name === "bwrap" ? BWRAP : DOCKER
}
