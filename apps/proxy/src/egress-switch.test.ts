import { expect, test } from "bun:test"
import { parseAuthority } from "@bot-bottle/contracts"
import { within } from "@bot-bottle/testkit"
import { describeCutoff, describeShutdown } from "./describe-denial.ts"
import { createEgressSwitch } from "./egress-switch.ts"
import { createLeaseDeadline } from "./lease-deadline.ts"
import { createPolicyInForce } from "./policy.ts"
import { NO_LEASE, policyOf, route } from "./testing/test-proxy.ts"

const CUT = { metered: describeCutoff("x-abc12"), others: describeCutoff("x-abc12") }
const AUTHORITY = parseAuthority("api.example.com:443", 443)

test("INV-55: when cut returns, no route is left and every stream and listener has been told", () => {
  const egress = createEgressSwitch(createPolicyInForce(policyOf([route("api.example.com")])), NO_LEASE)
  const told: string[] = []
  egress.track({ end: ({ reason }) => told.push(reason) })
  const over = egress.track({ end: () => told.push("never") })
  egress.onCut(() => told.push("listener"))
  const signal = egress.cutSignal
  over()
  expect([decide(egress), egress.openStreams]).toEqual(["allow", 1])
  expect(egress.cut(CUT)).toBe(true)
  expect([told, decide(egress), egress.routes.routes, signal.aborted]).toEqual([
    ["cut-off", "listener"],
    "deny",
    [],
    true,
  ])
})

test("INV-55: a stream that cannot be ended keeps no other open, and the cut says so", () => {
  const egress = createEgressSwitch(createPolicyInForce(policyOf([route("api.example.com")])), NO_LEASE)
  const told: string[] = []
  egress.track({
    end: () => {
      throw new Error("broken")
    },
  })
  egress.track({ end: ({ reason }) => told.push(reason) })
  egress.onCut(() => told.push("listener"))
  const signal = egress.cutSignal
  expect(() => egress.cut(CUT)).toThrow("a stream could not be ended")
  expect([told, decide(egress), signal.aborted]).toEqual([["cut-off", "listener"], "deny", true])
})

test("a second cut changes nothing, and restore brings the routes back", () => {
  const egress = createEgressSwitch(createPolicyInForce(policyOf([route("api.example.com")])), NO_LEASE)
  egress.cut(CUT)
  const other = describeShutdown("x-abc12")
  expect([egress.cut({ metered: other, others: other }), egress.cutState]).toEqual([false, CUT])
  expect([egress.restore(), egress.restore(), decide(egress), egress.cutSignal.aborted]).toEqual([
    true,
    false,
    "allow",
    false,
  ])
})

test("INV-48: a deadline that passes tells every stream, leaves no route, and is not undone by a restore", async () => {
  const clock = { ms: 1_000 }
  const lease = createLeaseDeadline({
    first: { askedAtMs: 1_000, servesMs: 4_500 },
    uptimeMs: () => clock.ms,
  })
  const egress = createEgressSwitch(createPolicyInForce(policyOf([route("api.example.com")])), lease)
  const passed = Promise.withResolvers<string>()
  egress.track({ end: ({ reason }) => passed.resolve(reason) })
  const signal = egress.cutSignal
  expect([decide(egress), egress.cutState]).toEqual(["allow", undefined])
  clock.ms += 4_500
  // At once, whether or not the timer has fired.
  expect([decide(egress), egress.cutState?.metered.reason]).toEqual(["deny", "lease-expired"])
  expect([await within("the end of the stream", passed.promise), signal.aborted]).toEqual(["lease-expired", true])
  egress.cut(CUT)
  egress.restore()
  expect([decide(egress), egress.cutState?.others.reason]).toEqual(["deny", "lease-expired"])
  // The work is still this host's, as the ledger has said.
  lease.renew({ askedAtMs: clock.ms - 100, servesMs: 4_500 })
  expect([decide(egress), egress.cutState, egress.cutSignal.aborted]).toEqual(["allow", undefined, false])
  lease.close()
})

test("header rules are known even while cut: a decision after restore must not miss them", () => {
  const matches = [{ methods: "every", paths: "every", headers: [{ name: "accept", value: "x" }] }] as const
  const egress = createEgressSwitch(createPolicyInForce(policyOf([route("api.example.com", { matches })])), NO_LEASE)
  egress.cut(CUT)
  expect([
    egress.readsHeaders,
    createEgressSwitch(createPolicyInForce(policyOf([route("a.example")])), NO_LEASE).readsHeaders,
  ]).toEqual([true, false])
})

function decide(egress: ReturnType<typeof createEgressSwitch>): string {
  if (AUTHORITY.kind === "malformed") throw new Error(AUTHORITY.detail)
  return egress.routes.decideTunnel(AUTHORITY, "https").outcome
}
