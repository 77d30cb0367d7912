import { expect, test } from "bun:test"
import type { DenialView } from "./host-view.ts"
import { allowArguments, describeTarget, suggestRoute } from "./suggest-route.ts"

// biome-ignore format: a table
test.each([
  // host      port   shown               arguments                    lines after the host
  ["a.example", 443,  "GET a.example/x",       ["a.example"],               []],
  ["a.example", 0,    "GET a.example/x",       ["a.example"],               []],
  ["a.example", 80,   "GET a.example:80/x",    ["a.example", "--http"],     ["      http: true"]],
  ["a.example", 8443, "GET a.example:8443/x",  ["a.example:8443"],          ["      port: 8443"]],
] as const)("a denial of %p, port %p", (host, port, shown, argv, lines) => {
  const denial = denialOf({ host, port })
  expect(describeTarget(denial)).toBe(shown)
  expect(allowArguments(denial)).toEqual([...argv])
  expect(suggestRoute(denial)).toEqual({
    outcome: "route",
    lines: ["egress:", "  routes:", `    - host: ${host}`, ...lines],
  })
})

test("a denied method or path adds just that to the host's route", () => {
  const denial = denialOf({ reason: "method-or-path-not-allowed", host: "a.example", port: 80 })
  expect(allowArguments(denial)).toEqual(["a.example", "--http", "--method", "GET", "--path", "/x"])
})

test("a reason that no route fixes has none, and says why", () => {
  expect(suggestRoute(denialOf({ reason: "dlp-match" }))).toEqual({
    outcome: "none",
    why: "The request carried a credential of the host. No route allows that.",
  })
})

test("hosts that are counted together have no route", () => {
  expect(suggestRoute(denialOf({ host: "other hosts", port: 0 })).outcome).toBe("none")
})

function denialOf(given: Partial<DenialView>): DenialView {
  return {
    key: "k",
    slug: "a-00000" as DenialView["slug"],
    reason: "host-not-allowed",
    method: "GET",
    host: "a.example",
    port: 443,
    path: "/x",
    count: 1,
    lastAtMs: 0,
    recent: [],
    ...given,
  }
}
