import { expect, test } from "bun:test"
import { MAX_TEXT_BYTES, parseAsk, parseWhy } from "./parse-ask.ts"

const hold = { kind: "hold", cause: "host-not-allowed", port: 443 }

// biome-ignore format: a table
test.each([
  // ask                                                                    as it is kept
  [{ kind: "route", host: "API.Example.com." },                             { kind: "route", host: "api.example.com" }],
  [{ kind: "route", host: "*.example.com" },                                { kind: "route", host: "*.example.com" }],
  [{ kind: "route", host: "a.io", methods: ["post", "GET", "get"] },        { kind: "route", host: "a.io", methods: ["GET", "POST"] }],
  [{ kind: "route", host: "a.io", paths: ["/v2/", "/v1/"] },                { kind: "route", host: "a.io", paths: ["/v1/", "/v2/"] }],
  [{ kind: "route", host: "a.io", methods: [], paths: [] },                 { kind: "route", host: "a.io" }],
  [{ kind: "route", host: "a.io", extra: true },                            { kind: "route", host: "a.io" }],
  [{ kind: "budget", provider: "claude", tokens: 1 },                       { kind: "budget", provider: "claude", tokens: 1 }],
  [{ kind: "tool", package: "@types/node" },                                { kind: "tool", package: "@types/node" }],
  [{ ...hold, host: "A.io", method: "GET", path: "/x" },                    { ...hold, host: "a.io", method: "GET", path: "/x" }],
] as const)("parseAsk keeps one spelling of %j", (value, ask) => {
  expect(parseAsk(value)).toEqual({ outcome: "valid", ask } as never)
})

// biome-ignore format: a table
test.each([
  // ask                                                                    problem
  [undefined,                                                               /invalid ask/],
  [{ kind: "shell", run: "rm" },                                            /invalid ask: 'kind'/],
  [{ kind: "route" },                                                       /'host' is missing/],
  [{ kind: "route", host: "" },                                             /'host' is invalid/],
  [{ kind: "route", host: "169.254.169.254" },                              /cannot ask for an address/],
  [{ kind: "route", host: "0x7f.1" },                                       /cannot ask for an address/],
  [{ kind: "route", host: "[::1]" },                                        /cannot ask for an address/],
  [{ kind: "route", host: "*" },                                            /invalid host/],
  [{ kind: "route", host: "*.com" },                                        /too broad/],
  [{ kind: "route", host: "a.*.com" },                                      /invalid host/],
  [{ kind: "route", host: "a.io/x" },                                       /invalid host/],
  [{ kind: "route", host: "u@a.io" },                                       /invalid host/],
  [{ kind: "route", host: "a.io\r\nx" },                                    /invalid host/],
  [{ kind: "route", host: "bot-bottle.internal" },                          /bot-bottle itself/],
  [{ kind: "route", host: "*.bot-bottle.internal" },                        /bot-bottle itself/],
  [{ kind: "route", host: "supervise.bot-bottle.internal" },                /bot-bottle itself/],
  [{ kind: "route", host: "a.io", methods: ["TRACE"] },                     /CONNECT and TRACE/],
  [{ kind: "route", host: "a.io", methods: ["GET /"] },                     /'methods.0' is invalid/],
  [{ kind: "route", host: "a.io", paths: ["v1"] },                          /a path starts with/],
  [{ kind: "route", host: "a.io", paths: ["/../x"] },                       /a path starts with/],
  [{ kind: "route", host: "a.io", paths: ["/%2e"] },                        /a path starts with/],
  [{ kind: "route", host: "a.io", paths: ["/a\u202eb"] },                   /a path starts with/],
  [{ kind: "route", host: "a.io", paths: Array(17).fill("/a") },            /'paths' is invalid/],
  [{ kind: "route", host: "a.io", paths: ["/a", "/b", "/c"].map((p) => p + "x".repeat(800)) }, /longer than 2048 bytes/],
  [{ kind: "budget", provider: "Claude!", tokens: 5 },                      /name of a provider/],
  [{ kind: "budget", provider: "claude", tokens: 0 },                       /'tokens' is invalid/],
  [{ kind: "budget", provider: "claude", tokens: 1.5 },                     /'tokens' is invalid/],
  [{ kind: "budget", provider: "claude", tokens: 1e300 },                   /'tokens' is invalid/],
  [{ kind: "tool", package: "--registry=x" },                               /name of a package/],
  [{ kind: "tool", package: "a b" },                                        /name of a package/],
  [{ ...hold, host: "*.a.io" },                                             /names one host/],
  [{ ...hold, host: "10.0.0.1" },                                           /cannot ask for an address/],
  [{ ...hold, host: "a.io", cause: "cut-off" },                             /'cause' is invalid/],
] as const)("parseAsk refuses %j", (value, problem) => {
  expect(parseAsk(value)).toEqual({ outcome: "invalid", problem: expect.stringMatching(problem) })
})

// biome-ignore format: a table
test.each([
  // why                            outcome
  ["  needed for the build ",        { outcome: "valid", why: "needed for the build" }],
  ["x".repeat(MAX_TEXT_BYTES),       { outcome: "valid", why: "x".repeat(MAX_TEXT_BYTES) }],
  ["x".repeat(MAX_TEXT_BYTES + 1),   { outcome: "invalid", problem: "'why' is longer than 2048 bytes" }],
  ["é".repeat(MAX_TEXT_BYTES / 2 + 1), { outcome: "invalid", problem: "'why' is longer than 2048 bytes" }],
  [" \n ",                           { outcome: "invalid", problem: "'why' is empty: say what you need it for" }],
] as const)("parseWhy bounds the reason in bytes", (text, result) => {
  expect(parseWhy(text)).toEqual(result)
})
