// Opens one run's sidecar: its ledger, its sockets and what answers on them. The sockets come
// last, so that whoever can connect is answered.

import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createCallApp, MAX_CALL_BYTES } from "@bot-bottle/agent-calls"
import { FORGE_FILES, type SidecarConfig, type SidecarForge } from "@bot-bottle/contracts"
import { createKnownSecrets } from "@bot-bottle/egress"
import { createGitea } from "@bot-bottle/forge"
import { type OpenLedgerOptions, openLedger, type RunsLedger } from "@bot-bottle/ledger"
import { createCallEdges } from "./calls/call-edges.ts"
import { createDispatch } from "./calls/dispatch.ts"
import { createDoneQueue } from "./calls/done-queue.ts"
import { METHODS } from "./calls/methods.ts"
import { openRunRecord } from "./calls/run-record.ts"
import { createSemanticLog, FORGE_CALL, type SemanticLog } from "./calls/semantic-log.ts"
import { openGate } from "./gate/open-gate.ts"

export interface Sidecar {
  close(): Promise<void>
}

export interface SidecarEdges {
  readonly nowMs: () => number
  readonly reportFailure: (error: unknown) => void
}

const MAX_STRAY_ROWS = 100
const INSTRUCTIONS =
  "The forge that your task comes from. Read anywhere; write to your own issue and its pull request. Call signal_done once, when your unit of work is over."

export async function openSidecar(config: SidecarConfig, edges: SidecarEdges): Promise<Sidecar> {
  const { slug, folder, forge, repositories } = config
  const paths = { forge: join(folder, FORGE_FILES.forgeSocket), git: join(folder, FORGE_FILES.gitSocket) }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const checkIn = createCheckIn(join(folder, FORGE_FILES.checkIn), edges.nowMs)
  checkIn()

  await using opened = new AsyncDisposableStack()
  const ledger = opened.use(await openLedger(config.ledgerPath, ledgerOptions(config)))
  const log = createSemanticLog(ledger, slug)
  if (repositories.length > 0) opened.use(await openGate({ config, path: paths.git, log, checkIn, ...edges }))
  if (forge !== undefined) {
    const app = createForgeApp(config, forge, { log, ledger, checkIn, ...edges })
    const server = Bun.serve({
      unix: paths.forge,
      maxRequestBodySize: MAX_CALL_BYTES,
      fetch(request, self) {
        // A call waits for the forge, which has its own time-out.
        self.timeout(request, 0)
        return app.fetch(request)
      },
    })
    chmodSync(paths.forge, 0o600)
    opened.defer(async () => {
      await server.stop(true)
      rmSync(paths.forge, { force: true })
    })
  }
  const all = opened.move()
  return { close: () => all.disposeAsync() }
}

interface AppEdges extends SidecarEdges {
  readonly log: SemanticLog
  readonly ledger: Pick<RunsLedger, "tagRun">
  readonly checkIn: () => void
}

function createForgeApp(
  config: SidecarConfig,
  forge: SidecarForge,
  { log, ledger, checkIn, nowMs, reportFailure }: AppEdges,
) {
  const { slug, folder, launchId } = config
  const known = forge.prNumber === null ? [] : [forge.prNumber]
  const record = openRunRecord(folder, forge.caps, known)
  const branchPrefix = `bot-bottle/${slug}/`
  const gitea = createGitea({
    api: forge.api,
    token: forge.token,
    roots: config.roots,
    owner: forge.owner,
    repo: forge.repo,
    knownPr: async () => record.pullRequests.at(-1) ?? null,
    branchPrefix: async () => branchPrefix,
  })
  const detector = createKnownSecrets([...config.secrets, forge.token])
  const dispatch = createDispatch({
    record,
    log,
    edges: createCallEdges({
      slug,
      config: forge,
      branchPrefix,
      forge: gitea,
      record,
      queue: createDoneQueue(folder, { launchId, nowMs }),
      ledger,
    }),
    holdsCredential: (text) => [...(detector?.find(new TextEncoder().encode(text)) ?? [])].length > 0,
    checkIn,
    reportFailure,
  })
  let strays = 0
  return createCallApp({
    name: "forge",
    instructions: INSTRUCTIONS,
    methods: METHODS,
    dispatch,
    reportFailure,
    async logStray(request) {
      if (strays++ < MAX_STRAY_ROWS)
        await log.write(FORGE_CALL, { call: "", outcome: "refused", reason: "no-call", text: `refused ${request}` })
    },
  })
}

function ledgerOptions({ sharedLedger }: SidecarConfig): OpenLedgerOptions {
  if (sharedLedger === undefined) return {}
  const { url, password, home } = sharedLedger
  return { shared: { url, password, home } }
}

/** The watchdog reads the file's time, and the time in it. */
function createCheckIn(path: string, nowMs: () => number): () => void {
  return () => {
    const at = new Date(nowMs())
    writeFileSync(path, `${at.toISOString()}\n`, { mode: 0o600 })
    utimesSync(path, at, at)
  }
}
