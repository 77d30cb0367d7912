import { expect, test } from "bun:test"
import { parseAuthority } from "@bot-bottle/contracts"
import { describeUnlisted } from "./describe-unlisted.ts"

// biome-ignore format: a table
test.each([
  // reason                        scheme   port    the operator's command
  ["host-not-allowed",             "https", 443,    "'bot-bottle allow x-abc12 pkgs.example.com'"],
  ["host-not-allowed",             "https", 8443,   "'bot-bottle allow x-abc12 pkgs.example.com:8443'"],
  ["host-not-allowed",             "http",  80,     "'bot-bottle allow x-abc12 pkgs.example.com --http'"],
  ["port-not-allowed",             "http",  8080,   "'bot-bottle allow x-abc12 pkgs.example.com:8080 --http'"],
  ["method-or-path-not-allowed",   "https", 443,    "'bot-bottle why x-abc12'"],
] as const)("%s over %s to port %d: the hint is the operator's command", (reason, scheme, port, command) => {
  const authority = parseAuthority(`pkgs.example.com:${port}`, port)
  if (authority.kind === "malformed") throw new Error(authority.detail)
  const { hint } = describeUnlisted(reason, { slug: "x-abc12", authority, scheme })
  expect([hint.includes(command), hint.endsWith("/allowlist lists what this bottle may reach.")]).toEqual([true, true])
})
