// The ways a forge call fails, as values a caller can tell apart.
//
// No message here ever holds a token: the text comes from the forge's answer, and the token
// that was sent is cut out of it.

export interface ForgeFailure {
  /** 0 when no answer came. */
  readonly status: number
  readonly method: string
  /** Below the base URL. */
  readonly path: string
  /** The start of the answer's text. */
  readonly body: string
  /** A sentence for a person, when we know more than the status says. */
  readonly why?: string
}

/** The forge refused, failed or did not answer. */
export class ForgeError extends Error implements ForgeFailure {
  override readonly name = "ForgeError"
  readonly status: number
  readonly method: string
  readonly path: string
  readonly body: string

  constructor({ status, method, path, body, why }: ForgeFailure) {
    super(`${method} ${path}: ${why ?? (status === 0 ? "no answer" : `the forge answered ${status}`)}${said(body)}`)
    this.status = status
    this.method = method
    this.path = path
    this.body = body
  }
}

/** The caller may not write there. Thrown before anything reaches the forge. */
export class ForgeScopeError extends Error {
  override readonly name = "ForgeScopeError"
}

/** A forge's JSON holds a sentence for people. */
function said(body: string): string {
  const line = (messageIn(body) ?? body).replace(/\s+/g, " ").trim()
  return line === "" ? "" : `: ${line}`
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== "object" || parsed === null || !("message" in parsed)) return undefined
    return typeof parsed.message === "string" ? parsed.message : undefined
  } catch {
    return undefined
  }
}
