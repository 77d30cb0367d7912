import { expect, test } from "bun:test"
import { parseHostPattern } from "./host-pattern.ts"

test.each([
  ["api.example.com", { kind: "exact", host: "api.example.com", literal: false, text: "api.example.com" }],
  ["API.Example.com.", { kind: "exact", host: "api.example.com", literal: false, text: "api.example.com" }],
  ["bücher.example", { kind: "exact", host: "xn--bcher-kva.example", literal: false, text: "xn--bcher-kva.example" }],
  ["localhost", { kind: "exact", host: "localhost", literal: false, text: "localhost" }],
  ["0x7f.1", { kind: "exact", host: "127.0.0.1", literal: true, text: "127.0.0.1" }],
  ["[2001:DB8::1]", { kind: "exact", host: "2001:db8::1", literal: true, text: "2001:db8::1" }],
  ["2001:db8::1", { kind: "exact", host: "2001:db8::1", literal: true, text: "2001:db8::1" }],
  ["*.Example.com", { kind: "below", parent: "example.com", text: "*.example.com" }],
])("parseHostPattern() reads %p", (text, pattern) => {
  expect(parseHostPattern(text)).toEqual(pattern as never)
})

// biome-ignore format: a table
test.each([
  // text                      reason
  ["",                         "empty"],
  ["*",                        "too-broad"],
  ["*.com",                    "too-broad"],
  ["*.localhost",              "too-broad"],
  ["*.",                       "malformed"],
  ["*.*.example.com",          "wildcard-misplaced"],
  ["a.*.example.com",          "wildcard-misplaced"],
  ["*example.com",             "wildcard-misplaced"],
  ["api*.example.com",         "wildcard-misplaced"],
  ["example.*",                "wildcard-misplaced"],
  ["https://example.com",      "url"],
  ["example.com/path",         "url"],
  ["10.0.0.0/8",               "url"],
  ["example.com:443",          "port"],
  ["*.0.0.1",                  "malformed"],
  ["*.[::1]",                  "malformed"],
  [".example.com",             "malformed"],
  ["exa mple.com",             "malformed"],
  ["user@example.com",         "malformed"],
  ["fe80::1%eth0",             "malformed"],
] as const)("parseHostPattern() refuses %p as %s", (text, reason) => {
  expect(parseHostPattern(text)).toMatchObject({ kind: "problem", reason })
})
