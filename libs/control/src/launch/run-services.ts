// Starts the services that go with a launch, each a process of its own: the forge sidecar and the
// one by which the agent asks its operator. A start that has neither loads none of their code.

import { join } from "node:path"
import { EGRESS_FILES, type InternalService, type RunFolders, type Slug } from "@bot-bottle/contracts"
import type { ComposedSidecar } from "../forge/compose-sidecar.ts"
import { ledgerPath } from "../ledger-path.ts"
import { findSharedLedger } from "../shared-ledger.ts"
import type { BringUp } from "./launch-site.ts"
import type { ServiceProcess } from "./service-process.ts"

export interface RunServices {
  /** Sockets by the name that the proxy answers. */
  readonly internal: Readonly<Partial<Record<InternalService, string>>>
  /** Resolves when all of them answer. */
  readonly started: Promise<readonly ServiceProcess[]>
  /** Ends those that were started, and those that are being started. */
  kill(): Promise<void>
}

export function startRunServices(
  request: BringUp,
  { slug, folders, sidecar }: { slug: Slug; folders: RunFolders; sidecar: ComposedSidecar | undefined },
): RunServices {
  const asks = request.launch.bottle.supervise
  const starting = [
    ...(sidecar === undefined ? [] : [startSidecar(request, sidecar)]),
    ...(asks ? [startAskService(request, slug, folders)] : []),
  ]
  const started = Promise.all(starting)
  // Awaited by the launch. The no-op catch prevents an unhandled rejection until then.
  started.catch(() => {})
  return {
    internal: { ...sidecar?.internal, ...(asks ? { supervise: askSocket(folders) } : {}) },
    started,
    async kill() {
      for (const outcome of await Promise.allSettled(starting))
        if (outcome.status === "fulfilled") await outcome.value.kill()
    },
  }
}

async function startSidecar({ env, onServiceStderr }: BringUp, { config }: ComposedSidecar): Promise<ServiceProcess> {
  const [{ startService }, { encodeSidecarConfig }] = await Promise.all([
    import("./service-process.ts"),
    import("@bot-bottle/contracts/messages/forge/sidecar-config"),
  ])
  const name = "forge-sidecar"
  return startService({
    name,
    config: encodeSidecarConfig(config),
    hint: "bot-bottle doctor --forge",
    path: env.path,
    onStderr: (line) => onServiceStderr(name, line),
  })
}

async function startAskService(
  { env, onServiceStderr }: BringUp,
  slug: Slug,
  folders: RunFolders,
): Promise<ServiceProcess> {
  const [{ startService }, { encodeAskServiceConfig }] = await Promise.all([
    import("./service-process.ts"),
    import("@bot-bottle/contracts/messages/ask-service-config"),
  ])
  const name = "ask-service"
  const shared = findSharedLedger(env)
  return startService({
    name,
    config: encodeAskServiceConfig({
      slug,
      ledgerPath: ledgerPath(env.root),
      ...(shared === undefined ? {} : { sharedLedger: shared }),
      socket: askSocket(folders),
      egressFolder: folders.egress,
    }),
    hint: "start without 'supervise: true' in the bottle",
    path: env.path,
    onStderr: (line) => onServiceStderr(name, line),
  })
}

function askSocket({ egress }: RunFolders): string {
  return join(egress, EGRESS_FILES.ask)
}
