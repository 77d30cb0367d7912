import { expect, test } from "bun:test"
import { OperatorProblem, parseAuthority } from "@bot-bottle/contracts"
import { createPolicyInForce } from "./policy.ts"
import { policyOf, route } from "./testing/test-proxy.ts"

const EXAMPLE = parseAuthority("api.example.com", 443)

test("INV-55: a policy that can be obeyed takes the place of the one before, whole", () => {
  const policy = createPolicyInForce(policyOf([route("api.example.com")]))
  const before = policy.current
  policy.replace(policyOf([route("other.example.com")], { serverTools: "allow" }))
  expect([decide(before), decide(policy.current)]).toEqual(["allow", "deny"])
  expect([before.given.serverTools, policy.current.given.serverTools]).toEqual([undefined, "allow"])
})

// biome-ignore format: a table
test.each([
  ["contradicts itself",           [route("api.example.com"), route("api.example.com", { inspect: false })]],
  ["is metered by nobody's rules", [route("*.example.com", { metering: { provider: "x", api: "no-such-api" } })]],
  ["has an invalid host",          [route("*.example.com"), route("*")]],
] as const)("INV-55: one that %s changes nothing", (_, routes) => {
  const policy = createPolicyInForce(policyOf([]))
  const before = policy.current
  expect(() => policy.replace(policyOf(routes))).toThrow(OperatorProblem)
  expect(policy.current).toBe(before)
})

function decide({ routes }: ReturnType<typeof createPolicyInForce>["current"]): string {
  if (EXAMPLE.kind === "malformed") throw new Error(EXAMPLE.detail)
  return routes.decideTunnel(EXAMPLE, "https").outcome
}
