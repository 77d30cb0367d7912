// The victim and the time of a kill: chosen by chance, carried out with SIGKILL.

import { killProcess } from "@bot-bottle/kernel"
import { type Program, waitFor } from "@bot-bottle/testkit"
import type { Chance } from "./chance.ts"
import type { FoundProcess, Role } from "./run-processes.ts"

export interface Kill {
  readonly number: number
  readonly victims: readonly Role[]
  /** While the parts are being put together, or while requests are in flight. */
  readonly during: "start" | "work"
  readonly afterMs: number
  readonly gate: "reserve" | "off"
  readonly seed: number
}

const VICTIMS: readonly (readonly Role[])[] = [
  ["proxy"],
  ["launcher"],
  ["proxy", "launcher"],
  ["launcher", "proxy"],
  ["forwarder"],
  ["agent"],
  ["bubblewrap"],
]

export function chooseKill(chance: Chance, number: number): Kill {
  // Each in its turn: no seed leaves one out.
  const victims = VICTIMS[number % VICTIMS.length]!
  const during = chance.happens(0.3) ? "start" : "work"
  return {
    number,
    victims,
    during,
    afterMs: chance.between(0, during === "start" ? 300 : 700),
    gate: chance.happens(0.3) ? "off" : "reserve",
    seed: chance.between(1, 2 ** 31),
  }
}

/** Resolves with the run's processes as they were right before the kill. */
export async function carryOut(
  { victims, during, afterMs, seed }: Kill,
  program: Program,
  listRun: () => readonly FoundProcess[],
): Promise<readonly FoundProcess[]> {
  if (during === "work") await program.untilStdout(/^whole /m)
  // Not a wait for anything: the moment is what chance chose.
  await Bun.sleep(afterMs)
  const seen = await waitFor(`${victims.join(" and ")} to be there`, () => {
    const found = listRun()
    return victims.every((role) => found.some((process) => process.role === role)) && found
  })
  for (const role of victims) {
    const candidates = seen.filter((process) => process.role === role)
    killProcess(candidates[seed % candidates.length]!.identity)
  }
  return seen
}
