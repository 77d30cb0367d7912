// Opens the Git gate of a run: its repositories, the socket that Git talks to, and a private one
// on which the gate's own hook asks for a verdict.

import { randomUUID } from "node:crypto"
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FORGE_FILES, OperatorProblem, type SidecarConfig } from "@bot-bottle/contracts"
import { boundedText } from "@bot-bottle/contracts/messages/shapes/bounds"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { createKnownSecrets } from "@bot-bottle/egress"
import * as v from "valibot"
import type { SemanticLog } from "../calls/semantic-log.ts"
import { pushNotes } from "./commit-notes.ts"
import { writeHookFolder } from "./hook-folder.ts"
import { judgePush, type PushVerdict } from "./judge-push.ts"
import { createGateRepository, type GateRepository } from "./repository.ts"
import { createSmartHttp } from "./smart-http.ts"

export interface GateOptions {
  readonly config: SidecarConfig
  /** Of the socket that Git talks to. */
  readonly path: string
  readonly log: SemanticLog
  readonly checkIn: () => void
  readonly nowMs: () => number
  readonly reportFailure: (error: unknown) => void
}

const judgement = v.object({
  push: boundedText(64),
  stdin: boundedText(1024 * 1024),
  quarantine: v.record(boundedText(64), boundedText(4_096)),
})

export async function openGate({
  config,
  path,
  log,
  checkIn,
  nowMs,
  reportFailure,
}: GateOptions): Promise<AsyncDisposable> {
  if (Bun.which("git") === null) throw new OperatorProblem("Git is not installed", { hint: "apt-get install git" })
  const folder = join(config.folder, FORGE_FILES.gate)
  const hooksFolder = join(folder, "hooks")
  const hookSocket = join(folder, "hook.sock")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeHookFolder(hooksFolder)
  const rootsFile = config.roots === "" ? undefined : join(folder, "roots.pem")
  if (rootsFile !== undefined) writeFileSync(rootsFile, config.roots, { mode: 0o600 })

  const tokens = config.repositories.flatMap(({ token }) => (token === undefined ? [] : [token]))
  const knownSecrets = createKnownSecrets([...config.secrets, ...tokens])
  const repositories = new Map(
    config.repositories.map((one) => [
      one.name,
      createGateRepository({ folder, config: one, hooksFolder, rootsFile, nowMs }),
    ]),
  )
  const pushes = new Map<string, { readonly repository: GateRepository; verdict?: PushVerdict }>()
  const line = createPushLine()

  async function judge(body: unknown): Promise<Response> {
    const parsed = checkMessage(judgement, body)
    const push = parsed.outcome === "parsed" ? pushes.get(parsed.message.push) : undefined
    if (parsed.outcome === "invalid" || push === undefined) return new Response("gate: unknown push\n", { status: 403 })
    const { stdin, quarantine } = parsed.message
    const place = { gitDir: push.repository.gitDir, quarantine }
    push.verdict = await line(() =>
      judgePush(push.repository, place, stdin, { config, log, knownSecrets, reportFailure }),
    )
    const { verdict } = push
    return verdict.outcome === "taken"
      ? new Response(verdict.words)
      : new Response(`gate: ${verdict.message}\n`, { status: 403 })
  }

  const hook = Bun.serve({
    unix: hookSocket,
    async fetch(request, self) {
      self.timeout(request, 0)
      return judge(await request.json().catch(() => undefined))
    },
  })
  const answer = createSmartHttp({
    find: (name) => repositories.get(name),
    hookSocket,
    checkIn,
    openPush(repository) {
      const id = randomUUID()
      pushes.set(id, { repository })
      return {
        id,
        ended() {
          const verdict = pushes.get(id)?.verdict
          pushes.delete(id)
          if (verdict?.outcome !== "taken" || config.forge === undefined) return
          const run = { slug: config.slug, policyHash: config.policyHash }
          void line(() => pushNotes(repository, verdict.commits, run)).catch(reportFailure)
        },
      }
    },
  })
  const server = Bun.serve({
    unix: path,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(request, self) {
      self.timeout(request, 0)
      return answer(request)
    },
    error(error) {
      reportFailure(error)
      return new Response("gate: the gate failed\n", { status: 500 })
    },
  })
  for (const socket of [path, hookSocket]) chmodSync(socket, 0o600)

  return {
    async [Symbol.asyncDispose]() {
      await Promise.all([server.stop(true), hook.stop(true)])
      for (const socket of [path, hookSocket]) rmSync(socket, { force: true })
    },
  }
}

/** One push at a time: a second one builds on what the first left, and costs a scan of its own. */
function createPushLine(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}
