import { expect, test } from "bun:test"
import type { ProxyReport } from "@bot-bottle/contracts"
import { createProviderWatch } from "./provider-watch.ts"

const AWAY = { host: "api.example.com", reason: "upstream-unreachable" } as const
const TOLD = { kind: "provider-away", ...AWAY } as const

// biome-ignore format: a table
test.each([
  // events                                                             reports
  [[AWAY],                                                              [TOLD]],
  [[AWAY, AWAY, AWAY],                                                  [TOLD]],
  [[{ ...AWAY, reason: "upstream-tls" }],                               [{ ...TOLD, reason: "upstream-tls" }]],
  [[AWAY, { host: AWAY.host }, AWAY],                                   [TOLD, { kind: "provider-back", host: AWAY.host }, TOLD]],
  [[AWAY, { host: AWAY.host, reason: "over-budget" }],                  [TOLD]],
  [[{ host: AWAY.host }],                                               []],
  [[{ ...AWAY, host: "docs.example.com" }],                             []],
] as const)("createProviderWatch: %j tells of %j", (events, reports) => {
  const told: ProxyReport[] = []
  const watch = createProviderWatch({ report: (one) => told.push(one), isProvider: (host) => host === AWAY.host })
  for (const event of events as readonly Parameters<typeof watch.take>[0][]) watch.take(event)
  expect(told).toEqual([...reports] as ProxyReport[])
})
