// Every process that has to do with one test's folder, found from outside: by what it was called
// with, its environment and its mounts. Nothing the product says is relied upon.

import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { GUEST } from "@bot-bottle/bottle"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"
import { runsProgram } from "../../started-program.ts"

export type Role = "launcher" | "proxy" | "bubblewrap" | "forwarder" | "agent" | "other"

export interface FoundProcess {
  readonly pid: number
  readonly identity: ProcessIdentity
  readonly role: Role
  readonly argv: readonly string[]
  /** Of its pid namespace, as /proc names it. */
  readonly pidNamespace: string
}

/** `marker` is the name of a folder that only this test has. */
export function listProcesses(marker: string): readonly FoundProcess[] {
  return listPids().flatMap((pid) => {
    if (pid === process.pid || !isMarked(pid, marker)) return []
    return findProcess(pid) ?? []
  })
}

/** The processes that have lived in one of these since. */
export function listMembers(pidNamespaces: ReadonlySet<string>): readonly FoundProcess[] {
  return listPids().flatMap((pid) => (pidNamespaces.has(namespaceOf(pid)) ? (findProcess(pid) ?? []) : []))
}

/** Mounts of ours that name it. */
export function listMounts(marker: string): readonly string[] {
  return read("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(marker))
}

function roleOf(argv: readonly string[]): Role {
  // The builder of the bottle names the forwarder's file, too, in its own last arguments.
  const line = argv.join("\0")
  if (argv[0] === `${GUEST.runtime}/bun`) return runsProgram(line, "forwarder") ? "forwarder" : "agent"
  if (argv[0]?.endsWith("bwrap")) return "bubblewrap"
  if (runsProgram(line, "proxy")) return "proxy"
  return runsProgram(line, "bot-bottle") ? "launcher" : "other"
}

function findProcess(pid: number): FoundProcess | undefined {
  const identity = identifyProcess(pid)
  if (identity === undefined) return undefined
  const argv = read(`/proc/${pid}/cmdline`).split("\0")
  return { pid, identity, role: roleOf(argv), argv, pidNamespace: namespaceOf(pid) }
}

function isMarked(pid: number, marker: string): boolean {
  return ["cmdline", "environ", "mountinfo"].some((file) => read(`/proc/${pid}/${file}`).includes(marker))
}

function listPids(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger)
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    // Gone, or a zombie.
    return ""
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    // Gone while we looked.
    return ""
  }
}
