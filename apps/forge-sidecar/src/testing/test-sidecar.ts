// A sidecar in this process for tests, before a stand-in Gitea. Its port on loopback stands for the
// run's proxy: it adds the state of the egress and passes everything on.

import { join } from "node:path"
import { EGRESS_STATE_HEADER, FORGE_FILES, Secret, type SidecarConfig, type Tags } from "@bot-bottle/contracts"
import {
  openStandInGit,
  openStandInGitea,
  type StandInGit,
  type StandInGitea,
  type StandInGiteaOptions,
  type StandInIssue,
} from "@bot-bottle/forge/testing"
import { type AuditRow, openLedger } from "@bot-bottle/ledger"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { openTempFolder, readJson, readShape, type Shaped } from "@bot-bottle/testkit"
import { openSidecar } from "../open-sidecar.ts"

export interface TestSidecar extends AsyncDisposable {
  readonly gitea: StandInGitea
  readonly issue: StandInIssue
  readonly folder: string
  readonly root: string
  /** `http://127.0.0.1:…` for each socket. */
  readonly doors: { readonly forge: string; readonly git: string }
  egress: "open" | "cut"
  /** The sidecar's clock; it stands still. */
  nowMs: number
  readonly failures: readonly unknown[]
  rpc(method: string, params?: unknown): Promise<RpcAnswer>
  /** Semantic texts in order. */
  audit(): Promise<readonly AuditRow[]>
  tags(): Promise<Tags | undefined>
  /** As after a resume: another launch of the same run. */
  relaunch(): Promise<void>
}

export interface RpcAnswer {
  readonly result: unknown
  readonly error: Shaped<typeof ERROR> | undefined
}

const ERROR = { code: "number", message: "string", data: "unknown" } as const

export interface TestSidecarOptions {
  readonly gitea?: StandInGiteaOptions
  readonly config?: Partial<SidecarConfig>
  readonly files?: Readonly<Record<string, string>>
  readonly repository?: { readonly isWritable?: boolean; readonly allowsWorkflows?: boolean }
}

export interface TestGate extends AsyncDisposable {
  readonly sidecar: TestSidecar
  readonly remote: StandInGit
}

export const HOST_SECRET = "sk-ant-api03-hT7xQ2mVb9LrKd4WnZp8YcGf3JsUeA6oXq1R"

/** With the Git side, which costs a second to make. */
export async function openTestGate(options: TestSidecarOptions = {}): Promise<TestGate> {
  await using opened = new AsyncDisposableStack()
  const gitea = openStandInGitea(options.gitea)
  const remote = opened.use(await openStandInGit(gitea, options.files))
  const repository = {
    name: "acme/widgets",
    url: remote.cloneUrl,
    token: new Secret(gitea.token),
    branchPrefix: "bot-bottle/fixer-abc12/",
    isWritable: true,
    allowsWorkflows: false,
    ...options.repository,
  }
  const sidecar = opened.use(await openBefore(gitea, { repositories: [repository], ...options.config }))
  const all = opened.move()
  return { sidecar, remote, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

export function openTestSidecar({ gitea, config = {} }: TestSidecarOptions = {}): Promise<TestSidecar> {
  return openBefore(openStandInGitea(gitea), { repositories: [], ...config })
}

/** Disposing ends the Gitea as well. */
async function openBefore(
  gitea: StandInGitea,
  own: Partial<SidecarConfig> & Pick<SidecarConfig, "repositories">,
): Promise<TestSidecar> {
  await using opened = new AsyncDisposableStack()
  opened.use(gitea)
  const temp = opened.use(await openTempFolder())
  const issue = gitea.world.addIssue({ assignees: ["alice"], labels: ["bot-bottle:fixer"] })
  const ledgerPath = join(temp.path, "ledger.db")
  const ledger = opened.use(await openLedger(ledgerPath))
  await ledger.createRun(sampleRun("fixer-abc12"))
  const folder = join(temp.path, "forge")
  const failures: unknown[] = []
  const state: { egress: "open" | "cut"; nowMs: number } = { egress: "open", nowMs: Date.UTC(2026, 10, 28) }
  let launches = 0
  const configure = (): SidecarConfig => ({
    slug: "fixer-abc12",
    launchId: `launch-${++launches}`,
    ledgerPath,
    folder,
    forge: {
      api: gitea.api,
      token: new Secret(gitea.token),
      owner: "acme",
      repo: "widgets",
      issueNumber: issue.number,
      prNumber: null,
      firstBranch: "bot-bottle/fixer-abc12/work",
      caps: { calls: 100, comments: 3, edits: 2, pullRequests: 1 },
    },
    roots: "",
    requireGitleaks: false,
    policyHash: "9f8e7d",
    secrets: [new Secret(HOST_SECRET)],
    ...own,
  })
  const launch = () =>
    openSidecar(configure(), { nowMs: () => state.nowMs, reportFailure: (error) => failures.push(error) })
  let sidecar = await launch()
  opened.defer(() => sidecar.close())
  const door = (socket: string) => {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 120,
      fetch: (request) => relay(request, join(folder, socket), state.egress),
    })
    opened.defer(() => server.stop(true))
    return `http://127.0.0.1:${server.port}`
  }
  const doors = { forge: door(FORGE_FILES.forgeSocket), git: door(FORGE_FILES.gitSocket) }

  const all = opened.move()
  return {
    gitea,
    issue,
    folder,
    root: temp.path,
    doors,
    failures,
    get egress() {
      return state.egress
    },
    set egress(now) {
      state.egress = now
    },
    get nowMs() {
      return state.nowMs
    },
    set nowMs(now) {
      state.nowMs = now
    },
    async rpc(method, params) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
      const answer = await fetch(`${doors.forge}/rpc`, { method: "POST", body })
      const { result, error } = readJson(await answer.text(), { result: "unknown", error: "object?" })
      return { result, error: error == null ? undefined : readShape(error, ERROR) }
    },
    audit: () => ledger.listAudit(),
    tags: async () => (await ledger.findRun("fixer-abc12"))?.tags,
    async relaunch() {
      await sidecar.close()
      sidecar = await launch()
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function relay(request: Request, unix: string, egress: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const headers = new Headers(request.headers)
  headers.set(EGRESS_STATE_HEADER, egress)
  return fetch(`http://door${pathname}${search}`, {
    unix,
    method: request.method,
    headers,
    body: request.body,
    redirect: "manual",
    decompress: false,
    timeout: false,
  } as RequestInit)
}
