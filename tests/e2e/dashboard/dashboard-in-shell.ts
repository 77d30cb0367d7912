// A dashboard started in a shell by its command line: its processes, and the terminal at its end.

import { expect } from "bun:test"
import type { HostProgram } from "@bot-bottle/contracts"
import { identifyProcess, listDescendants, pidOf } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { runsProgram } from "../../started-program.ts"
import { CLI } from "../cli/cli-host.ts"
import type { AnsweringTerminal } from "./answering-terminal.ts"

export async function openDashboardIn(shell: AnsweringTerminal): Promise<void> {
  shell.type(`${CLI[0]} dashboard\r`)
  await shell.until("the picture", (screen) => screen.includes("Nothing is running."))
}

export async function expectRestored(shell: AnsweringTerminal): Promise<void> {
  await waitFor("the shell's own screen", async () => (shell.modes().isAlternate ? undefined : true))
  await shell.until("a prompt", (screen) => /\$ *$/.test(screen.trimEnd()))
  expect(shell.modes()).toEqual({
    isAlternate: false,
    mouse: "none",
    isBracketedPaste: expect.any(Boolean) as unknown as boolean,
    isCursorShown: true,
  })
  // Written so that the echo of the command is not its answer.
  shell.type("stty -a | grep -oE -- '-?(icanon|echo) ' | tr -d '\\n'; echo =''end\r")
  const screen = await shell.until("the mode of the line", (text) => text.includes(" =end"))
  expect(screen).toMatch(/^ ?icanon echo =end/m)
  // The command line as it was typed, with nothing before it.
  expect(screen).toMatch(/\$ stty -a/)
}

export async function screenPid(shell: AnsweringTerminal): Promise<number> {
  return waitFor("the screen's process", () => findPid(shell, "screen"))
}

export async function dashboardPid(shell: AnsweringTerminal): Promise<number> {
  return waitFor("the dashboard's process", () => findPid(shell, "bot-bottle"))
}

export async function endDashboard(shell: AnsweringTerminal, signal: NodeJS.Signals): Promise<void> {
  process.kill(await dashboardPid(shell), signal)
}

async function findPid(shell: AnsweringTerminal, program: HostProgram): Promise<number | undefined> {
  const root = identifyProcess(shell.pid)
  for (const identity of root === undefined ? [] : listDescendants(root)) {
    const argv = await Bun.file(`/proc/${pidOf(identity)}/cmdline`)
      .text()
      .catch(() => "")
    if (runsProgram(argv, program)) return pidOf(identity)
  }
  return undefined
}
