import { expect, test } from "bun:test"
import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"
import { explainEarlyEnd } from "./early-end.ts"
import { openLowPorts } from "./open-low-ports.ts"

const OURS = identifyProcess(process.pid) as ProcessIdentity
const CAUSE = new Error("ENOENT")

const ENDED = "the bottle ended before its agent was started"

test("an error of a bottle that lives stays what it is, and that of one that is gone names its end", async () => {
  const dead = await endedProcess()
  const refused = new OperatorProblem("no ports")
  expect([explainEarlyEnd(CAUSE, [OURS]), explainEarlyEnd(refused, [dead])]).toEqual([CAUSE, refused])
  expect(explainEarlyEnd(CAUSE, [OURS, dead])).toMatchObject({ message: ENDED, cause: CAUSE })
})

test("INV-46: ports are opened in no network but that of the process that was named", async () => {
  const dead = await endedProcess()
  // As when its number has gone to another process: ours.
  const renumbered = dead.replace(/^\d+/, `${process.pid}`) as ProcessIdentity
  for (const identity of [dead, renumbered, OURS])
    await expect(openLowPorts(identity, { isRoot: true })).rejects.toThrow(ENDED)
})

async function endedProcess(): Promise<ProcessIdentity> {
  const child = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] })
  const identity = identifyProcess(child.pid) as ProcessIdentity
  child.kill("SIGKILL")
  await child.exited
  return identity
}
