// An attack on an egress proxy, as data: what is tried over the wire, and how one knows from the
// far side whether it worked. Nothing here knows which proxy it is tried on.

import type { RawConnection } from "@bot-bottle/proxy/testing"
import type { Seen, Upstreams } from "./upstreams.ts"

/** Features that a proxy may lack; an attack on a missing feature is skipped. */
export type Offer = "inspection" | "rules" | "credentials" | "meter"

/** The requests to the proxy under attack. */
export interface Assignment {
  /** PEM of the CA that vouches for the upstreams. */
  readonly upstreamCa: string
  /** Names to let out, `*.` for any below; port 443 for all, 80 in the clear for the first. */
  readonly listed: readonly string[]
  /** With `rules`: on `rules.test` nothing but GET below this path. */
  readonly openPrefix: string
  /** With `credentials`: the `Authorization: Bearer` of `key.test`, which no client may ever see. */
  readonly secret: string
}

/** A proxy, up and listening, that lets its client reach `LISTED` and nothing else. */
export interface Way extends AsyncDisposable {
  readonly name: string
  /** Of its process. */
  readonly pid: number
  /** Unix socket's path or TCP port on 127.0.0.1. */
  readonly front: string | number
  /** PEM a client inside trusts. */
  readonly ca: string
  readonly offers: ReadonlySet<Offer>
  /** With `meter`: what is in the ledger so far. */
  charges?(): Promise<{ readonly requests: number; readonly tokens: number }>
}

export interface Field {
  readonly assignment: Assignment
  readonly way: Way
  readonly upstreams: Upstreams
}

export type Outcome = "refused" | "succeeded"

export interface Attack {
  /** Number of the security case. */
  readonly case: number
  readonly what: string
  readonly needs?: Offer
  run(field: Field): Promise<Outcome>
}

/** The same action where it must succeed. Without it, "refused" would prove nothing. */
export interface Control {
  readonly what: string
  readonly needs?: Offer
  run(field: Field): Promise<boolean>
}

export interface AttackClass {
  readonly title: string
  readonly controls: readonly Control[]
  readonly attacks: readonly Attack[]
}

/** Runs `act`, which may fail in any way, and says what reached an upstream meanwhile. */
export async function seenDuring({ upstreams }: Field, act: () => Promise<unknown>): Promise<readonly Seen[]> {
  const before = upstreams.seen.length
  await settled(act)
  return upstreams.seen.slice(before)
}

/** The outcome of something that a closed connection or a failed handshake also refuses. */
export async function settled<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch {
    // However the proxy said no.
    return undefined
  }
}

/** One response, or undefined when there is none in good time: a proxy may also answer with silence. */
export async function responseTo(connection: RawConnection, bytes: string | Uint8Array, method = "GET") {
  connection.send(bytes)
  return await within(connection.readResponse(method))
}

/** After this an attack counts as answered with silence. */
const SILENCE_MS = 1500
/** Silence would fail a control, and no machine is so busy. */
const CONTROL_MS = 30_000
let timeoutMs = SILENCE_MS

/** Controls and attacks run one after the other. */
export async function asControl<T>(run: () => Promise<T>): Promise<T> {
  timeoutMs = CONTROL_MS
  try {
    return await run()
  } finally {
    timeoutMs = SILENCE_MS
  }
}

export function within<T>(promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), timeoutMs)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
