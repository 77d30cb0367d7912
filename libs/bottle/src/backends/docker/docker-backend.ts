// The Docker backend: for hosts where bubblewrap cannot run, or where an engine is wanted.

import type { Backend, FoundBottle } from "../../backend.ts"
import { isProcessAlive } from "../../process-identity.ts"
import { listContainers } from "./containers.ts"
import { type FindVariable, findEngine, readEngineNow, requireEngine, requireFacts } from "./engine.ts"
import { describeEngineLimits } from "./engine-limits.ts"
import { prepareImage } from "./image.ts"
import { endBottle, launchBottle } from "./launch.ts"
import { probeDocker } from "./probe.ts"

export interface DockerOptions {
  /** The operator's environment, which says where the engine is. */
  readonly find: FindVariable
}

export function createDockerBackend({ find }: DockerOptions): Backend {
  return {
    name: "docker",
    probe: () => probeDocker(find),
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
    launch: (plan, stdio) => launchBottle(plan, stdio, requireEngine(find)),
    kill: (process) => endBottle(requireEngine(find), process),
    // Home, workspace and transcript are folders of the host: they are the snapshot.
    freeze: (process) => endBottle(requireEngine(find), process),
    enumerate: async (root) => {
      const engine = findEngine(find)
      if (engine === undefined) return []
      return (await listContainers(engine, { root })).map(
        ({ id, slug, process, isRunning }): FoundBottle => ({
          slug,
          process,
          isRunning: isRunning || isProcessAlive(process),
          what: `container ${id.slice(0, 12)}`,
        }),
      )
    },
    cleanup: ({ process }) => endBottle(requireEngine(find), process),
  }
}
