// The Docker backend: for hosts where bubblewrap cannot run, or where an engine is wanted.
//
// Its parts are loaded when it is used: every start loads this file, and few are in containers.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Backend, FoundBottle } from "../../backend.ts"
import { type FindVariable, findEngine, readEngineNow, requireEngine, requireFacts } from "./engine.ts"
import { describeEngineLimits } from "./engine-limits.ts"
import { prepareImage } from "./image.ts"

export interface DockerOptions {
  /** The operator's environment, which says where the engine is. */
  readonly find: FindVariable
}

const loadLaunch = () => import("./launch.ts")

export function createDockerBackend({ find }: DockerOptions): Backend {
  const end = async (process: ProcessIdentity) => (await loadLaunch()).endBottle(requireEngine(find), process)
  return {
    name: "docker",
    probe: async () => (await import("./probe.ts")).probeDocker(find),
    describeLimits: (limits) => {
      const engine = findEngine(find)
      const result = engine === undefined ? undefined : readEngineNow(engine)
      return describeEngineLimits(limits, result?.outcome === "found" ? result.facts : undefined)
    },
    prepare: async (image, onProgress) => {
      const engine = requireEngine(find)
      await requireFacts(engine)
      return await prepareImage(engine, image, onProgress)
    },
    launch: async (plan, stdio) => (await loadLaunch()).launchBottle(plan, stdio, requireEngine(find)),
    kill: end,
    // Home, workspace and transcript are folders of the host: they are the snapshot.
    freeze: end,
    enumerate: async (root) => {
      const engine = findEngine(find)
      if (engine === undefined) return []
      const { listContainers } = await import("./containers.ts")
      return (await listContainers(engine, { root })).map(
        ({ id, slug, process, isRunning }): FoundBottle => ({
          slug,
          process,
          isRunning: isRunning || isProcessAlive(process),
          what: `container ${id.slice(0, 12)}`,
        }),
      )
    },
    cleanup: ({ process }) => end(process),
  }
}
