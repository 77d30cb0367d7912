import { expect, test } from "bun:test"
import { SELF_TEST_CHECKS } from "@bot-bottle/guest"
import { checkIsolation } from "./check-isolation.ts"

const NEVER = new Promise<never>(() => {})
const HOLDING = SELF_TEST_CHECKS.map((check) => ({ check, expected: "closed", seen: "closed", ok: true }))

test("INV-75: the launch continues with the findings of checks that passed", async () => {
  expect(await checkIsolation({ started: NEVER, selfTest: Promise.resolve(HOLDING) }, NEVER)).toEqual(HOLDING)
})

test("INV-75: one that does not is a refusal, exit 3, that names it and what was seen of all", async () => {
  const findings = HOLDING.map((finding) =>
    finding.check === "UDP" ? { ...finding, seen: "sent", ok: false } : finding,
  )
  const refusal = await checkIsolation({ started: NEVER, selfTest: Promise.resolve(findings) }, NEVER).catch(
    (error) => error,
  )
  expect({ message: refusal.message, exitCode: refusal.exitCode, findings: refusal.findings }).toEqual({
    message: "The isolation self-test failed, so the agent was not started: UDP: expected closed, seen sent",
    exitCode: 3,
    findings,
  })
})

test("a bottle or a proxy that ends first is for its own end to explain", async () => {
  expect(await checkIsolation({ started: NEVER, selfTest: Promise.resolve(undefined) }, NEVER)).toBeUndefined()
  expect(await checkIsolation({ started: NEVER, selfTest: NEVER }, Promise.resolve(1))).toBeUndefined()
})

test("INV-75: an agent that runs without any findings is a refusal, exit 3, and not a launch that continues", async () => {
  const bottle = { selfTest: Promise.resolve(undefined), started: Promise.resolve() }
  const refusal = await checkIsolation(bottle, NEVER).catch((error) => error)
  expect([refusal.exitCode, refusal.message]).toEqual([
    3,
    "The bottle started its agent without reporting its isolation self-test",
  ])
  // Control: with findings, starting is what is to happen next.
  expect(await checkIsolation({ ...bottle, selfTest: Promise.resolve(HOLDING) }, NEVER)).toEqual(HOLDING)
})
