// Wakes a program that stopped itself on its own terminal.
//
// On Ctrl-Z an agent stops its process group and waits for a shell to continue it. In a bottle there
// is no shell above it: without this it would be dead for its operator. A shell that the operator
// started has job control of its own, and is left to it.

import { readFileSync } from "node:fs"

const LOOK_EVERY_MS = 500

/** Until `exited` resolves. `pid` leads the terminal's session. */
export function keepRunning(pid: number, exited: Promise<unknown>): void {
  const timer = setInterval(() => {
    if (isStuck(pid)) continueGroup(pid)
  }, LOOK_EVERY_MS)
  timer.unref()
  const stop = () => clearInterval(timer)
  exited.then(stop, stop)
}

/** Something in the leader's own group has stopped, and the terminal is that group's. */
function isStuck(pid: number): boolean {
  const leader = readState(pid)
  if (leader === undefined || leader.terminalGroup !== leader.group) return false
  const isStopped = (one: number) => {
    const found = readState(one)
    return found?.group === leader.group && found.state === "T"
  }
  return isStopped(pid) || childrenOf(pid).some(isStopped)
}

interface ProcessState {
  /** One letter, as in `ps`. A process that is traced has another one. */
  readonly state: string
  readonly group: number
  readonly terminalGroup: number
}

function readState(pid: number): ProcessState | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  const [state = "", , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return state === "" ? undefined : { state, group: Number(group), terminalGroup: Number(terminalGroup) }
}

function childrenOf(pid: number): readonly number[] {
  return readText(`/proc/${pid}/task/${pid}/children`)
    .split(" ")
    .map(Number)
    .filter((child) => child > 0)
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return "" // it has ended
  }
}

function continueGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGCONT")
  } catch {
    // It has ended.
  }
}
