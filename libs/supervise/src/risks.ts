// Which approvals want a typed reason: the ones by which an agent gains most if it lied.

import type { ApprovalDuration, Ask } from "@bot-bottle/contracts"

export type Risk = "wildcard-host" | "writes-to-new-host" | "budget-above-host" | "sends-a-credential"

/** For the operator who approves. */
export const RISK_WORDS: Readonly<Record<Risk, string>> = {
  "wildcard-host": "this opens every name below a domain",
  "writes-to-new-host": "this lets the agent send data to a host that its bottle does not list",
  "budget-above-host": "this lets the run spend more than the host's budget has left",
  "sends-a-credential": "this lets a text leave that looks like a credential",
}

export interface RiskFacts {
  /** True for a host that the run's routes list already. */
  readonly isKnownHost: (host: string) => boolean
  /** Of an ask for budget: whether the run could then spend more than the host's limit has left. */
  readonly isAboveHost: boolean
  readonly duration: ApprovalDuration
}

/** Methods that send nothing but the request itself. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

export function findRisks(ask: Ask, facts: RiskFacts): readonly Risk[] {
  switch (ask.kind) {
    case "route": {
      const risks: Risk[] = []
      if (ask.host.startsWith("*.")) risks.push("wildcard-host")
      // No list of methods allows all of them, POST among them.
      const writes = ask.methods === undefined || ask.methods.some((method) => !READING.has(method))
      if (writes && !facts.isKnownHost(ask.host)) risks.push("writes-to-new-host")
      return risks
    }
    case "budget":
      return facts.isAboveHost ? ["budget-above-host"] : []
    case "hold": {
      if (ask.cause === "dlp-match") return ["sends-a-credential"]
      // Before a tunnel is opened nobody knows the method. Held for once that may pass; for a run it may not.
      const writes = ask.method === undefined ? facts.duration !== "once" : !READING.has(ask.method)
      return writes && !facts.isKnownHost(ask.host) ? ["writes-to-new-host"] : []
    }
    case "tool":
      return []
  }
}
