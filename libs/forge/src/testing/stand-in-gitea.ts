// A Gitea of our own on loopback for tests: the API calls we make, answered as strictly as the
// real one, and webhooks signed as it signs them.

import { createHmac, randomUUID } from "node:crypto"
import { answerAdministrator } from "./gitea-admin-routes.ts"
import { createGiteaJson } from "./gitea-json.ts"
import { answerGiteaApi, type GiteaCallSeen } from "./gitea-routes.ts"
import { createGiteaWorld, type GiteaWorld } from "./gitea-world.ts"

export interface StandInGitea extends AsyncDisposable {
  /** With `/api/v1`. */
  readonly api: string
  readonly origin: string
  readonly token: string
  /** Of an administrator of the repository. */
  readonly adminToken: string
  readonly world: GiteaWorld
  /** API calls in order. */
  readonly calls: readonly GiteaCallSeen[]
  /** Answers the next API calls instead of the stand-in, one each. */
  readonly interrupt: ((seen: GiteaCallSeen) => Response | Promise<Response>)[]
  /** The stand-in's own answer. */
  answer(seen: GiteaCallSeen): Promise<Response>
  /** The answer to `/<owner>/<repo>.git/…`; 404 until it is set. */
  git: ((request: Request) => Promise<Response>) | undefined
  /** Signs and sends one delivery. Resolves with the receiver's status. */
  deliver(hook: StandInHook, event: string, body: object): Promise<number>
  /** The bodies of the deliveries for an issue or a comment. */
  payload(action: string, number: number): object
}

export interface StandInHook {
  readonly url: string
  readonly secret: string
}

export interface StandInGiteaOptions {
  readonly owner?: string
  readonly repo?: string
  readonly bot?: string
  readonly org?: string
  readonly members?: readonly string[]
  /** PEM: it then speaks TLS, for `localhost`. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export const STAND_IN_TOKEN = "4f1c7a9be2d05836c1a4e7f09b3d5268a7c0e1f2"

const ADMIN_TOKEN = "0a9be2d05836c1a4e7f09b3d5268a7c0e1f24f1c"

export function openStandInGitea(options: StandInGiteaOptions = {}): StandInGitea {
  const {
    owner = "acme",
    repo = "widgets",
    bot = "runbot",
    org = "bot-bottle",
    members = [bot, "alice"],
    tls,
  } = options
  const world = createGiteaWorld({ owner, repo, bot, org, members })
  const calls: GiteaCallSeen[] = []
  const interrupt: StandInGitea["interrupt"] = []
  const gitea: { git: StandInGitea["git"] } = { git: undefined }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    ...(tls === undefined ? {} : { tls }),
    async fetch(request): Promise<Response> {
      const url = new URL(request.url)
      const path = `${url.pathname}${url.search}`
      if (!url.pathname.startsWith("/api/v1/"))
        return (await gitea.git?.(request)) ?? new Response("404 page not found\n", { status: 404 })

      const seen = { method: request.method, path, body: await request.text() }
      calls.push(seen)
      const replacement = interrupt.shift()
      if (replacement !== undefined) return replacement(seen)
      const isAdmin = request.headers.get("authorization") === `token ${ADMIN_TOKEN}`
      const administrators = isAdmin ? answerAdministrator(seen, world, deliverPush) : undefined
      if (administrators !== undefined) return administrators
      if (!isAdmin && request.headers.get("authorization") !== `token ${STAND_IN_TOKEN}`)
        return Response.json({ message: "user does not exist [uid: 0, name: ]", url: "" }, { status: 401 })
      if (seen.body !== "" && request.headers.get("content-type") !== "application/json")
        return new Response(null, { status: 415 })
      return answer(seen)
    },
  })
  const origin = tls === undefined ? `http://127.0.0.1:${server.port}` : `https://localhost:${server.port}`
  const json = createGiteaJson(world, origin)
  const answer = async (seen: GiteaCallSeen) =>
    (await answerGiteaApi(seen, world, json)) ?? new Response("404 page not found\n", { status: 404 })

  const deliver: StandInGitea["deliver"] = async ({ url, secret }, event, body) => {
    const text = JSON.stringify(body)
    const signature = createHmac("sha256", secret).update(text).digest("hex")
    const headers = {
      "content-type": "application/json",
      "x-gitea-event": event,
      "x-gitea-delivery": randomUUID(),
      "x-gitea-signature": signature,
    }
    return (await fetch(url, { method: "POST", headers, body: text })).status
  }
  // A receiver that is not there is the test's own case.
  const deliverPush = (hook: StandInHook) =>
    void deliver(hook, "push", { ref: "refs/heads/main", repository: json.repository }).catch(() => undefined)

  return {
    api: `${origin}/api/v1`,
    origin,
    token: STAND_IN_TOKEN,
    adminToken: ADMIN_TOKEN,
    world,
    calls,
    interrupt,
    answer,
    get git() {
      return gitea.git
    },
    set git(answer) {
      gitea.git = answer
    },

    deliver,

    payload(action, number) {
      const issue = world.issues.get(number)
      if (issue === undefined) throw new RangeError(`the stand-in has no issue ${number}`)
      const subject =
        issue.pull === undefined
          ? { issue: json.issue(issue) }
          : { issue: json.issue(issue), pull_request: json.pull(issue) }
      return { action, number, ...subject, repository: json.repository, sender: json.user("alice") }
    },

    async [Symbol.asyncDispose]() {
      await server.stop(true)
    },
  }
}
