// Sends one request to a Gitea and judges its status.
//
// Every path segment is encoded on its own. No redirect is followed: the token would travel along.
// Nothing waits longer than the timeout, and the token is cut out of every error.

import { OperatorProblem, type Secret } from "@bot-bottle/contracts"
import { ForgeError } from "../forge-error.ts"

export interface GiteaRequestOptions {
  /** With `/api/v1`. */
  readonly api: string
  readonly token: Secret
  /** PEM of the roots that its certificate may end in; `""`: those that Bun brings. */
  readonly roots: string
  readonly timeoutMs: number
}

export interface GiteaCall {
  readonly method: "GET" | "POST" | "PATCH"
  readonly segments: readonly (string | number)[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Statuses outside 2xx that the caller understands. */
  readonly accepts?: readonly number[]
}

export interface GiteaAnswer {
  readonly status: number
  /** `null` for an empty body and for an accepted status outside 2xx. */
  readonly body: unknown
  readonly headers: Headers
}

export type SendToGitea = (call: GiteaCall) => Promise<GiteaAnswer>

const MAX_ERROR_BYTES = 2_000
/** A thread of 64 KiB comments fits; an answer without end does not. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export function createSendToGitea({ api, token, roots, timeoutMs }: GiteaRequestOptions): SendToGitea {
  const base = parseApiUrl(api)
  const tls = roots === "" ? {} : { tls: { ca: roots } }

  return async ({ method, segments, query = {}, body, accepts = [] }) => {
    const path = `/${segments.map(encodeSegment).join("/")}`
    const fail = (status: number, text: string, why?: string) =>
      new ForgeError({
        status,
        method,
        path,
        body: text.replaceAll(token.reveal(), "[secret]").slice(0, MAX_ERROR_BYTES),
        ...(why === undefined ? {} : { why }),
      })
    const bad = segments.find((segment) => !isSegment(segment))
    if (bad !== undefined) throw fail(0, "", `${JSON.stringify(bad)} cannot be part of an address`)

    const search = new URLSearchParams(query).toString()
    const url = `${base}${path}${search === "" ? "" : `?${search}`}`
    const headers = { accept: "application/json", authorization: `token ${token.reveal()}` }
    try {
      const response = await fetch(url, {
        method,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        ...tls,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (response.ok)
        return { status: response.status, body: await readAnswer(response, fail), headers: response.headers }
      if (accepts.includes(response.status)) {
        await response.body?.cancel()
        return { status: response.status, body: null, headers: response.headers }
      }
      const text = await readAtMost(response, MAX_ERROR_BYTES * 2).catch(() => "")
      throw fail(response.status, isHtml(response) ? "" : text, explain(response))
    } catch (error) {
      if (error instanceof ForgeError) throw error
      throw fail(0, "", isTimeout(error) ? `no answer within ${timeoutMs / 1000} s` : explainFailure(error))
    }
  }
}

/** The base URL, without its trailing slashes. */
export function parseApiUrl(text: string): string {
  const url = URL.parse(text)
  const isApi = url?.pathname.replace(/\/+$/, "").endsWith("/api/v1") === true
  const isPlain = isApi && url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
  if (!isPlain || url.search !== "" || url.hash !== "")
    throw new OperatorProblem("FORGE_GITEA_API is not the address of a Gitea API", {
      hint: "give the base URL with /api/v1 and without a user name: https://gitea.example.com/api/v1",
    })
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`
}

// URL parsers read `.` and `..` as steps, also where they are written `%2e`.
function isSegment(segment: string | number): boolean {
  return typeof segment === "number" ? Number.isSafeInteger(segment) && segment > 0 : !/^\.{0,2}$/.test(segment)
}

function encodeSegment(segment: string | number): string {
  return encodeURIComponent(segment)
}

async function readAnswer(response: Response, fail: (status: number, text: string, why: string) => ForgeError) {
  const text = await readAtMost(response, MAX_ANSWER_BYTES)
  if (text.trim() === "") return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw fail(response.status, "", "the forge's answer is not JSON")
  }
}

async function readAtMost(response: Response, limit: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > limit) break
  }
  return text
}

function explain(response: Response): string | undefined {
  if (response.status === 301 || response.status === 307 || response.status === 308)
    return `the repository or its owner was renamed or moved (${response.status}); name it by its new address`
  if (response.status === 423) return "the repository is archived (423)"
  return undefined
}

/** Codes of OpenSSL, as Bun gives them. */
const UNTRUSTED = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_(?:UNTRUSTED|REJECTED|SIGNATURE))/

function explainFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (UNTRUSTED.test(code))
    return "the forge's certificate ends in an unknown root: name its CA as upstream_ca in settings.yml"
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "the forge's certificate is for another name"
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|ECONNRESET/.test(code))
    return "the forge does not answer in the way of this address: http or https?"
  if (code === "CERT_HAS_EXPIRED") return "the forge's certificate has expired"
  return "the forge cannot be reached"
}

function isHtml(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError"
}
