// Tells one process from every other that ever had its pid, from /proc.
//
//   INV-46  A pid alone is never trusted: nothing is judged alive, and nothing is killed, unless boot and
//           start time match too. A zombie counts as dead.

import { readdirSync, readFileSync } from "node:fs"
import type { ProcessIdentity } from "@bot-bottle/contracts"

/** Undefined when no such process lives. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat === undefined || stat.dead ? undefined : identityOf(pid, stat)
}

export function isProcessAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(pidOf(identity)) === identity
}

export function pidOf(identity: ProcessIdentity): number {
  return Number.parseInt(identity, 10)
}

/** Returns false when the process is already gone. */
export function killProcess(identity: ProcessIdentity, signal: NodeJS.Signals = "SIGKILL"): boolean {
  if (!isProcessAlive(identity)) return false
  try {
    return process.kill(pidOf(identity), signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
    throw error
  }
}

/** Every living descendant, parents before children. A child whose parent died first is not among them. */
export function listDescendants(identity: ProcessIdentity): readonly ProcessIdentity[] {
  const childrenOf = new Map<number, number[]>()
  const stats = new Map<number, ProcessStat>()
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined
    if (stat === undefined || stat.dead) continue
    stats.set(pid, stat)
    childrenOf.set(stat.parent, [...(childrenOf.get(stat.parent) ?? []), pid])
  }
  const top = stats.get(pidOf(identity))
  if (top === undefined || identityOf(pidOf(identity), top) !== identity) return []

  const found: ProcessIdentity[] = []
  const queue = [...(childrenOf.get(pidOf(identity)) ?? [])]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const stat = stats.get(pid)
    if (stat !== undefined) found.push(identityOf(pid, stat))
    queue.push(...(childrenOf.get(pid) ?? []))
  }
  return found
}

/**
 * The descendants as the kernel lists them now, by a few reads instead of a look at every process.
 * Only for a tree that stands still: the kernel may skip children while others exit.
 */
export function listSettledDescendants(identity: ProcessIdentity): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = []
  const queue = [pidOf(identity)]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    for (const child of readChildren(pid)) {
      const childIdentity = identifyProcess(child)
      if (childIdentity !== undefined) found.push(childIdentity)
      queue.push(child)
    }
  }
  return found
}

function readChildren(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number),
    )
  } catch {
    // It or one of its threads is gone.
    return []
  }
}

interface ProcessStat {
  readonly dead: boolean
  readonly parent: number
  readonly startTicks: string
}

function readStat(pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1")
  } catch {
    // Gone, or never there: both mean "no such process".
    return undefined
  }
  // The command name may hold spaces and parentheses; the fields after its last ")" are fixed.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const [state, parent] = fields
  const startTicks = fields[19]
  if (state === undefined || parent === undefined || startTicks === undefined) return undefined
  return { dead: state === "Z" || state === "X", parent: Number(parent), startTicks }
}

let bootId: string | undefined

function identityOf(pid: number, stat: ProcessStat): ProcessIdentity {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()
  return `${pid}:${stat.startTicks}:${bootId}` as ProcessIdentity
}
