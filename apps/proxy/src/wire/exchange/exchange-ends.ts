// How an exchange may end, and what its answer says about the connection. Pure values.

import type { ResponseHead } from "@bot-bottle/wire"
import type { Unanswered } from "../passage.ts"
import type { Upstream } from "./upstream.ts"

export const NO_ANSWER: Unanswered = {
  kind: "no-answer",
  detail: "the upstream ended without an answer",
  mayHaveLeft: true,
}

/** Stands for the head of a switch, which was relayed as it came. */
export const SWITCHED: ResponseHead = {
  kind: "response",
  status: 101,
  startLine: "HTTP/1.1 101 Switching Protocols",
  minor: "1",
  framing: { kind: "none", bytes: 0 },
  persistent: false,
  names: [],
  lines: [],
  host: undefined,
  length: undefined,
  coding: undefined,
  connection: undefined,
  upgrade: undefined,
  expect: undefined,
  contentType: undefined,
  contentEncoding: undefined,
  keepAlive: undefined,
  lookalike: undefined,
}

/** `Keep-Alive: timeout=5`: a second less, since both clocks run. */
export function limitIdle(upstream: Upstream, keepAlive: string): void {
  const [, seconds] = /timeout=(\d{1,6})/.exec(keepAlive) ?? []
  if (seconds !== undefined) upstream.idleMs = Math.max(0, Math.min(upstream.idleMs, Number(seconds) * 1000 - 1000))
}
