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

test("createProviderWatch: a slow connection is told once, also when it fails; then that the host answers", () => {
  const told: ProxyReport[] = []
  const watch = createProviderWatch({ report: (one) => told.push(one), isProvider: (host) => host === AWAY.host })
  watch.isSlow("docs.example.com")
  watch.isSlow(AWAY.host)
  watch.isSlow(AWAY.host)
  watch.take(AWAY)
  watch.take({ host: AWAY.host })
  expect(told).toEqual([
    { ...TOLD, reason: "no-answer-yet" },
    { kind: "provider-back", host: AWAY.host },
  ])
})
