// Tells the launcher when a provider's host cannot be reached, and when it can again. The agent only
// retries, and a person in front of it would not know what is waited for.

import type { EgressEvent, ProxyReport } from "@bot-bottle/contracts"

export interface ProviderWatch {
  /** Of every request that was refused, and of every one that was answered. */
  take(event: Pick<EgressEvent, "host" | "reason">): void
  /** Of a connection that has been tried for a while. */
  isSlow(host: string): void
}

type Away = Extract<ProxyReport, { readonly kind: "provider-away" }>["reason"]

export interface ProviderWatchOptions {
  readonly report: (report: ProxyReport) => void
  /** Whether requests to this host are metered now. */
  readonly isProvider: (host: string) => boolean
}

export function createProviderWatch({ report, isProvider }: ProviderWatchOptions): ProviderWatch {
  const away = new Set<string>()
  const note = (host: string, reason: Away) => {
    if (away.has(host) || !isProvider(host)) return
    away.add(host)
    report({ kind: "provider-away", host, reason })
  }
  return {
    isSlow: (host) => note(host, "no-answer-yet"),
    take({ host, reason }) {
      if (reason === "upstream-unreachable" || reason === "upstream-tls") note(host, reason)
      else if (reason === undefined && away.delete(host)) report({ kind: "provider-back", host })
    },
  }
}
