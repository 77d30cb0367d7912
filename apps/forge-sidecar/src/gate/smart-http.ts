// Git's smart HTTP over two of Git's own commands: three addresses a repository, nothing else.
//
// Refusals are plain text, which `git` shows to whoever runs it. Never 401: it would ask for a
// password.

import { EGRESS_STATE_HEADER } from "@bot-bottle/contracts"
import { GATE_SOCKET, PUSH_ID } from "../env.ts"
import { runGateGit, streamGateGit } from "./git-process.ts"
import type { GateRepository } from "./repository.ts"

export interface SmartHttpOptions {
  readonly find: (name: string) => GateRepository | undefined
  readonly hookSocket: string
  /** Before a push; its end is told when Git has answered. */
  readonly openPush: (repository: GateRepository) => PushUnderWay
  readonly checkIn: () => void
}

export interface PushUnderWay {
  readonly id: string
  ended(): void
}

const ADDRESS = /^\/([\w.-]+(?:\/[\w.-]+)?)\.git\/(?:(info\/refs)|git-(upload|receive)-pack)$/
/** Enough for a parallel clone or two; the rest is told to come back. */
const MAX_CONVERSATIONS = 8
const MAX_LIST_BYTES_UPLOAD = 16 * 1024 * 1024

export function createSmartHttp(options: SmartHttpOptions): (request: Request) => Promise<Response> {
  let underWay = 0

  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const [, name = "", info, service] = ADDRESS.exec(pathname) ?? []
    if (request.headers.get(EGRESS_STATE_HEADER) !== "open") return say(403, "gate: the run is cut off")
    const repository = name === "" ? undefined : options.find(name)
    if (repository === undefined) return say(404, "gate: no such repository")
    if (underWay >= MAX_CONVERSATIONS) return say(503, "gate: too many Git commands at once; try again")

    options.checkIn()
    underWay++
    const done = () => void underWay--
    try {
      if (info !== undefined) return await advertise(repository, request, search).finally(done)
      if (request.method !== "POST" || search !== "") return say(405, "gate: not a Git request", done)
      return converse(repository, request, service === "receive" ? "receive-pack" : "upload-pack", options, done)
    } catch (error) {
      done()
      throw error
    }
  }
}

async function advertise(repository: GateRepository, request: Request, search: string): Promise<Response> {
  const service = /^\?service=git-(upload-pack|receive-pack)$/.exec(search)?.[1]
  if (request.method !== "GET" || service === undefined) return say(403, "gate: only Git's smart protocol is served")
  if (service === "receive-pack" && !repository.config.isWritable)
    return say(403, "gate: this repository is read-only for the run")
  const { problem } = await repository.refresh()
  if (problem !== undefined) return say(502, `gate: ${problem}`)

  const protocol = gitProtocol(request)
  const listed = await runGateGit(
    repository.gitDir,
    [service, "--stateless-rpc", "--http-backend-info-refs", repository.gitDir],
    {
      env: protocol,
      timeoutMs: 60_000,
    },
  )
  if (listed.exitCode !== 0) return say(500, "gate: the repository cannot be read")
  const isSecondVersion = protocol["GIT_PROTOCOL"]?.includes("version=2") === true && service === "upload-pack"
  const greeting = isSecondVersion ? "" : `${packetLine(`# service=git-${service}\n`)}0000`
  return answer(greeting + listed.stdout, `application/x-git-${service}-advertisement`)
}

function converse(
  repository: GateRepository,
  request: Request,
  command: "upload-pack" | "receive-pack",
  { hookSocket, openPush }: SmartHttpOptions,
  done: () => void,
): Response {
  if (command === "receive-pack" && !repository.config.isWritable)
    return say(403, "gate: this repository is read-only for the run", done)
  if (request.body === null) return say(400, "gate: the request has no body", done)
  const isZipped = request.headers.get("content-encoding") === "gzip"
  const unzipped = isZipped ? request.body.pipeThrough(new DecompressionStream("gzip")) : request.body
  const body = command === "upload-pack" ? unzipped.pipeThrough(atMost(MAX_LIST_BYTES_UPLOAD)) : unzipped
  const push = command === "receive-pack" ? openPush(repository) : undefined
  const hook = push === undefined ? {} : { [GATE_SOCKET]: hookSocket, [PUSH_ID]: push.id }
  const child = streamGateGit(repository.gitDir, [command, "--stateless-rpc", repository.gitDir], {
    env: { ...gitProtocol(request), ...hook },
    stdin: body,
  })
  // Nobody reads it, and a full pipe would hold Git up.
  void child.stderr.text()
  request.signal.addEventListener("abort", () => child.kill())
  void child.exited.finally(() => {
    push?.ended()
    done()
  })
  return answer(child.stdout, `application/x-git-${command}-result`)
}

/** Versions only: whatever else stands in the header means nothing to us. */
function gitProtocol(request: Request): Readonly<Record<string, string>> {
  const version = /(?:^|:)version=([12])(?:$|:)/.exec(request.headers.get("git-protocol") ?? "")?.[1]
  return version === undefined ? {} : { GIT_PROTOCOL: `version=${version}` }
}

function atMost(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length
      if (seen > limit) controller.error(new RangeError("the request is too large"))
      else controller.enqueue(chunk)
    },
  })
}

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, "0") + text
}

function answer(body: string | ReadableStream<Uint8Array>, type: string): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-cache" } })
}

function say(status: number, text: string, done?: () => void): Response {
  done?.()
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } })
}
