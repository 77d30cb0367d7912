// Reads the routes and budgets in force from the run's proxy, over its control socket, and tells it
// that there is a question to look at.

import { join } from "node:path"
import { type ControlStanding, EGRESS_FILES } from "@bot-bottle/contracts"
import {
  controlStandingSchema,
  MAX_CONTROL_ANSWER,
  PROXY_PROTOCOL,
} from "@bot-bottle/contracts/messages/control-answer"
import { parseGreeting } from "@bot-bottle/contracts/messages/shapes/parse-message"

export interface ProxyLink {
  /** Rejects when the proxy does not answer. */
  readStanding(): Promise<ControlStanding>
  /** Never rejects: the proxy looks by itself after a while. */
  poke(): Promise<void>
}

/** It answers from memory. A busy host may take seconds all the same, and a question is not refused for that. */
const TIMEOUT_MS = 10_000

export function createProxyLink(egressFolder: string): ProxyLink {
  const unix = join(egressFolder, EGRESS_FILES.control)
  const ask = (path: string, method: "GET" | "POST") =>
    fetch(`http://proxy${path}`, { method, unix, signal: AbortSignal.timeout(TIMEOUT_MS) })
  return {
    async readStanding() {
      const answer = await ask("/standing", "GET")
      const standing = parseGreeting(controlStandingSchema, await answer.text(), {
        maxLength: MAX_CONTROL_ANSWER,
        protocol: PROXY_PROTOCOL,
      })
      if (standing.outcome === "invalid") throw new Error(`the proxy's answer cannot be read: ${standing.problem}`)
      return standing.message
    },
    async poke() {
      await ask("/answers", "POST").catch(() => {})
    },
  }
}
