// The body of `POST /token` on a proxy's control socket: the new access token of a login.

import * as v from "valibot"
import { Secret } from "../secret.ts"
import { PROXY_PROTOCOL } from "./control-answer.ts"
import { count, nonEmptyText } from "./shapes/bounds.ts"
import { type Parsed, parseGreeting } from "./shapes/parse-message.ts"

export interface AccessToken {
  /** The login's id, as the routes carry it. */
  readonly login: string
  readonly secret: Secret
}

const MAX_ACCESS_TOKEN = 128 * 1024

const accessTokenSchema = v.object({
  protocol: count(),
  login: nonEmptyText(64),
  secret: v.pipe(
    nonEmptyText(64 * 1024),
    v.transform((text) => new Secret(text)),
  ),
})

/** Reveals the secret: it goes to the run's control socket and nowhere else. */
export function encodeAccessToken({ login, secret }: AccessToken): string {
  return JSON.stringify({ protocol: PROXY_PROTOCOL, login, secret: secret.reveal() })
}

export function parseAccessToken(text: string): Parsed<AccessToken> {
  return parseGreeting(accessTokenSchema, text, { maxLength: MAX_ACCESS_TOKEN, protocol: PROXY_PROTOCOL })
}
