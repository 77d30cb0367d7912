import { expect, test } from "bun:test"
import { buildProvenanceFooter, type Provenance } from "./footer.ts"

test("the footer, whole, without the optional parts", () => {
  expect(buildProvenanceFooter("fixer-abc12", provenance())).toBe(`<details><summary>🔬 Run provenance</summary>

| Field | Value |
|---|---|
| agent | \`fixer\` |
| bottle | \`claude\`, \`dev\` |
| slug | \`fixer-abc12\` |
| started | 2026-06-29T12:00:00-04:00 |
| duration | 4m 12s |
| exit | 0 ✓ |
| gitleaks | — not run |
| done signal | sidecar \`signal_done\` |

</details>`)
})

test("the footer's end, with every optional part", () => {
  const footer = buildProvenanceFooter(
    "fixer-abc12",
    provenance({
      tokens: { input: 1_234_567, output: 8_910, cached: 1_000, charged: 999, budget: 2_000_000 },
      cost: {
        run: 1_234_500,
        unpricedRequests: 2,
        sums: [
          { what: "issue", name: "octo/shop#17", cost: 2_000_000 },
          { what: "pull request", name: "octo/|<b>#18", cost: 3_000_000 },
        ],
      },
      forgeOperations: ["read issue #17", "posted comment to #17"],
      egress: { routes: ["api.anthropic.com:443", "packages.example.org:443"], deniedRequests: 3 },
      origin: { commitUrl: "https://example.org/bot-bottle/commit/abc", commit: "abc", policyHash: "9f8e" },
    }),
  )
  expect(footer.slice(footer.indexOf("| done signal"))).toBe(
    `| done signal | sidecar \`signal_done\` |

**Tokens** input 1,234,567, output 8,910, cached 1,000; charged 999 of a budget of 2,000,000

**Cost** $1.2345 (2 requests without a price); issue octo/shop#‍17 so far $2.00; pull request octo/\\|&lt;b&gt;#‍18 so far $3.00

**Forge operations**
- read issue #‍17
- posted comment to #‍17

**Egress** (deny-by-default; 2 routes allowed)
- \`api.anthropic.com:443\`
- \`packages.example.org:443\`
- 3 requests denied

bot-bottle [abc](https://example.org/bot-bottle/commit/abc), policy \`9f8e\`

</details>`,
  )
})

test.each([
  // started                      finished                     duration
  ["2026-06-29T12:00:00-04:00", "2026-06-29T12:00:30-04:00", "30s"],
  ["2026-06-29T12:00:00-04:00", "2026-06-29T12:04:12-04:00", "4m 12s"],
  ["2026-06-29T12:00:00-04:00", "2026-06-29T16:04:12Z", "4m 12s"],
  ["2026-06-29T12:00:00", "2026-06-29T12:01:00", "1m 0s"],
  ["2026-06-29T12:00:00", "2026-06-29T12:01:00Z", "unknown"],
  ["2026-06-29T12:00:00Z", "2026-06-29T11:59:59Z", "unknown"],
  ["", "2026-06-29T11:59:59Z", "unknown"],
  ["yesterday", "today", "unknown"],
  ["2026-13-45T12:00:00Z", "2026-06-29T11:59:59Z", "unknown"],
] as const)("from %p to %p lasts %s", (startedAt, finishedAt, duration) => {
  expect(row(provenance({ startedAt, finishedAt }), "duration")).toBe(duration)
})

test.each([
  ["exit", { exit: 0 }, "0 ✓"],
  ["exit", { exit: 1 }, "1 ✗"],
  ["exit", { exit: "frozen" }, "— (frozen)"],
  ["gitleaks", { gitleaks: { kind: "clean" } }, "✓ no secrets detected"],
  ["gitleaks", { gitleaks: { kind: "found", refusedPushes: 1 } }, "✗ secrets detected (1 push refused)"],
  ["gitleaks", { gitleaks: { kind: "found", refusedPushes: 2 } }, "✗ secrets detected (2 pushes refused)"],
  ["done signal", { doneSignal: "watchdog" }, "watchdog — agent did not signal"],
  ["bottle", { bottleNames: [] }, "—"],
  ["agent", { agentName: "" }, "—"],
] as const)("row %s of %j is %s", (field, own, value) => {
  expect(row(provenance(own), field)).toBe(value)
})

test("a build that does not know its commit names the policy alone", () => {
  const origin = { commitUrl: "", commit: "", policyHash: "9f8e" }
  expect(buildProvenanceFooter("x", provenance({ origin }))).toEndWith("\n\npolicy `9f8e`\n\n</details>")
})

test("one route is singular", () => {
  expect(buildProvenanceFooter("x", provenance({ egress: { routes: ["a"], deniedRequests: 1 } }))).toContain(
    "**Egress** (deny-by-default; 1 route allowed)\n- `a`\n- 1 request denied",
  )
})

test.each([
  ["a row", "x` |\n| gitleaks | ✓ no secrets detected |"],
  ["a row behind a line separator", "x\u2028| gitleaks | ✓ |"],
  ["the end of the block", "x</details><details><summary>Run provenance</summary>"],
  ["a hidden start", "<!-- "],
  ["a fence", "```\n```"],
] as const)("INV-200: no value can add %s", (_what, hostile) => {
  const plain = buildProvenanceFooter("x", full("plain"))
  const attacked = buildProvenanceFooter("x", full(hostile))
  const shape = (footer: string) => ({
    lines: footer.split(/\n|\u2028/).length,
    ends: footer.match(/^<\/details>$/gm)?.length,
    cells: footer
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.match(/(?<!\\)\|/g)?.length),
    fences: footer.includes("```"),
  })
  expect(shape(attacked)).toEqual(shape(plain))
})

function full(value: string): Provenance {
  return provenance({
    agentName: value,
    bottleNames: [value],
    startedAt: value,
    forgeOperations: [value],
    egress: { routes: [value], deniedRequests: 0 },
    origin: { commitUrl: `https://example.org/${value}`, commit: value, policyHash: value },
  })
}

function row(own: Provenance, field: string): string | undefined {
  return buildProvenanceFooter("x", own)
    .split("\n")
    .find((line) => line.startsWith(`| ${field} |`))
    ?.slice(`| ${field} | `.length, -2)
}

function provenance(own: Partial<Provenance> = {}): Provenance {
  return {
    agentName: "fixer",
    bottleNames: ["claude", "dev"],
    startedAt: "2026-06-29T12:00:00-04:00",
    finishedAt: "2026-06-29T12:04:12-04:00",
    exit: 0,
    gitleaks: { kind: "not-run" },
    doneSignal: "signal-done",
    ...own,
  }
}
