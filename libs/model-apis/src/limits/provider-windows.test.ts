import { expect, test } from "bun:test"
import { readProviderWindows } from "./provider-windows.ts"

const NOW_MS = Date.parse("2026-11-28T12:00:00Z")
const AT_14 = "1795874400"
const AT_14_MS = Date.parse("2026-11-28T14:00:00Z")
const UNIFIED = "anthropic-ratelimit-unified"

const SUBSCRIPTION = {
  [`${UNIFIED}-status`]: "allowed",
  [`${UNIFIED}-5h-utilization`]: "0.423",
  [`${UNIFIED}-5h-reset`]: AT_14,
  [`${UNIFIED}-7d-utilization`]: "0.9",
  [`${UNIFIED}-7d-reset`]: "1796169600",
}
const REJECTED = {
  ...SUBSCRIPTION,
  [`${UNIFIED}-status`]: "rejected",
  [`${UNIFIED}-representative-claim`]: "five_hour",
  [`${UNIFIED}-reset`]: AT_14,
  [`${UNIFIED}-5h-utilization`]: "1.01",
}
const CODEX = {
  "x-codex-primary-used-percent": "37.5",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-at": AT_14,
  "x-codex-secondary-used-percent": "100",
  "x-codex-secondary-reset-after-seconds": "7200",
}
const week = { name: "7d", isSpent: false, usedPermille: 900, resetsAtMs: 1_796_169_600_000 }

// biome-ignore format: a table
test.each([
  // what                                    status  headers                                body                                      windows
  ["a subscription's answer",                200,    SUBSCRIPTION,                          "",                                       [{ name: "5h", isSpent: false, usedPermille: 423, resetsAtMs: AT_14_MS }, week]],
  ["a subscription's spent window",          429,    REJECTED,                              "",                                       [{ name: "5h", isSpent: true, usedPermille: 1010, resetsAtMs: AT_14_MS }, week]],
  ["a window that is named only as claimed", 429,    { [`${UNIFIED}-status`]: "rejected", [`${UNIFIED}-representative-claim`]: "seven_day_opus", [`${UNIFIED}-reset`]: AT_14 }, "", [{ name: "7d_opus", isSpent: true, resetsAtMs: AT_14_MS }]],
  ["a spent window that overage pays for",   200,    REJECTED,                              "",                                       [{ name: "5h", isSpent: false, usedPermille: 1010, resetsAtMs: AT_14_MS }, week]],
  ["a ChatGPT login's answer",               200,    CODEX,                                 "",                                       [{ name: "primary", isSpent: false, usedPermille: 375, resetsAtMs: AT_14_MS }, { name: "secondary", isSpent: false, usedPermille: 1000, resetsAtMs: AT_14_MS }]],
  ["a ChatGPT login's spent window",         429,    CODEX,                                 "",                                       [{ name: "primary", isSpent: false, usedPermille: 375, resetsAtMs: AT_14_MS }, { name: "secondary", isSpent: true, usedPermille: 1000, resetsAtMs: AT_14_MS }]],
  ["a usage limit with its end",             429,    {},                                    `{"error":{"type":"usage_limit_reached","resets_at":${AT_14}}}`, [{ name: "limit", isSpent: true, resetsAtMs: AT_14_MS }]],
  ["a usage limit with the time until then", 429,    {},                                    '{"error":{"type":"usage_limit_reached","resets_in_seconds":7200}}', [{ name: "limit", isSpent: true, resetsAtMs: AT_14_MS }]],
  ["a key's refusal with seconds",           429,    { "retry-after": "7200" },             '{"error":{"type":"rate_limit_error"}}',  [{ name: "retry", isSpent: true, resetsAtMs: AT_14_MS }]],
  ["a key's refusal with a date",            429,    { "retry-after": "Sat, 28 Nov 2026 14:00:00 GMT" }, "",                          [{ name: "retry", isSpent: true, resetsAtMs: AT_14_MS }]],
  ["a refusal that names no time",           429,    {},                                    "slow down",                              []],
  ["an overload with a time",                529,    { "retry-after": "7200" },             "",                                       []],
  ["numbers that are not",                   200,    { [`${UNIFIED}-5h-utilization`]: "much", "x-codex-primary-used-percent": "-3" }, "", []],
  ["an invalid time",                    429,    { "retry-after": "99999999999999" },   "",                                       []],
] as const)("of %s", (_what, status, headers: Record<string, string>, body, windows) => {
  expect<unknown>(readProviderWindows({ status, header: (name) => headers[name], body }, NOW_MS)).toEqual(windows)
})
