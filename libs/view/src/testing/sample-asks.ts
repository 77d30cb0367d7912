// The refusals and questions of the sample host.
//
// Hostile text, where a test gives some, stands wherever an agent's text may.

import type { AskRow, DeniedRow, RunRow } from "@bot-bottle/contracts"

export function deniedRows(rows: readonly RunRow[], hostileText?: string): readonly (readonly [number, DeniedRow])[] {
  const slug = (index: number) => (rows[index] as RunRow).slug
  const host = (name: string) => hostileText ?? name
  const yarn = {
    slug: slug(3),
    reason: "host-not-allowed",
    method: null,
    host: host("registry.yarnpkg.com"),
    port: 443,
    path: null,
  } as const
  return [
    ...Array.from({ length: 14 }, (_, index) => [46_000 - index * 3_200, { ...yarn, count: index + 1 }] as const),
    [
      31_000,
      {
        slug: slug(0),
        reason: "method-or-path-not-allowed",
        method: "POST",
        host: host("gitea.lan"),
        port: 443,
        path: "/api/v1/repos/shop/web/hooks",
        count: 2,
      },
    ],
    [
      130_000,
      { slug: slug(0), reason: "ip-literal", method: null, host: "169.254.169.254", port: 80, path: null, count: 1 },
    ],
    [
      370_000,
      {
        slug: slug(9),
        reason: "dlp-match",
        method: "POST",
        host: host("crates.test"),
        port: 443,
        path: "/api/v1/crates/new",
        count: 2,
      },
    ],
    [
      1_640_000,
      {
        slug: slug(6),
        reason: "host-not-allowed",
        method: null,
        host: host("telemetry.nextjs.org"),
        port: 443,
        path: null,
        count: 1,
      },
    ],
  ]
}

export function askRows(rows: readonly RunRow[], nowMs: number, hostileText?: string): readonly AskRow[] {
  const asked = (id: number, index: number, agoMs: number, asks: Pick<AskRow, "ask" | "why">): AskRow => ({
    ...{ id, slug: (rows[index] as RunRow).slug, asks_for: asks.ask.kind, state: "pending" },
    ...{ ask: asks.ask, why: hostileText ?? asks.why },
    ...{ asked_at: new Date(nowMs - agoMs).toISOString(), expires_at: new Date(nowMs + 3_600_000).toISOString() },
    durations: asks.ask.kind === "budget" ? ["run"] : ["once", "run", "always"],
    ...{ duration: null, reason: null, answered_by: null, answered_at: null },
  })
  const hooks = {
    kind: "route",
    host: hostileText ?? "gitea.lan",
    methods: ["POST"],
    paths: ["/api/v1/repos/shop/web/hooks"],
  } as const
  return [
    asked(11, 0, 252_000, { ask: hooks, why: "the test of the webhook needs a hook to call" }),
    asked(12, 3, 38_000, {
      ask: { kind: "budget", provider: "claude", tokens: 1_000_000 },
      why: "40 files are left to migrate",
    }),
    asked(13, 6, 4_000, {
      ask: { kind: "hold", cause: "host-not-allowed", host: hostileText ?? "crates.test", port: 443 },
      why: "the request waits for an answer",
    }),
  ]
}
