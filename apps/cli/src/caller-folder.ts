// The folder that the operator typed the command in. The launcher, bin/bot-bottle, names it in
// the first argument: as a descriptor, or as a path where the folder cannot be read. We never
// enter it; every path the operator gives is resolved against it by name.
//
// A start without the launcher is refused: Bun may have read that folder before our first line ran.

import { closeSync, fstatSync, readlinkSync, statSync } from "node:fs"
import { join } from "node:path"
import { cloneFolder, isSealed, OperatorProblem, quoteCommand } from "@bot-bottle/contracts"

export interface Start {
  /** Absolute. */
  readonly folder: string
  /** As the operator typed them. */
  readonly args: readonly string[]
}

export interface Started {
  readonly args: readonly string[]
  readonly execArgv: readonly string[]
  readonly cwd: string
}

const FROM = /^--from(?<fd>-fd)?=(?<place>.+)$/s

/** Throws OperatorProblem when the launcher did not start us, or when the folder is gone. Closes the descriptor. */
export function takeCallerFolder(started: Started): Start {
  const [first = "", ...args] = started.args
  const { fd, place } = FROM.exec(first)?.groups ?? {}
  if (place === undefined || !isSealed(started)) throw unsealed(place === undefined ? started.args : args)
  return { folder: fd === undefined ? place : folderOf(Number(place)), args }
}

function folderOf(fd: number): string {
  const folder = readlinkSync(`/proc/self/fd/${fd}`)
  const opened = fstatSync(fd)
  closeSync(fd)
  const named = statSync(folder, { throwIfNoEntry: false })
  if (named?.dev === opened.dev && named.ino === opened.ino) return folder
  throw new OperatorProblem(`the current folder no longer exists: ${folder.replace(/ \(deleted\)$/, "")}`, {
    hint: "cd to a folder that exists, and run this again",
  })
}

function unsealed(args: readonly string[]): OperatorProblem {
  const clone = cloneFolder()
  const launcher = clone === undefined ? join(Bun.main, "../../bin/bot-bottle") : join(clone, "apps/cli/bin/bot-bottle")
  return new OperatorProblem("bot-bottle was started without its launcher: files of the current folder may have run", {
    hint: `start it as: ${quoteCommand([launcher, ...args])}`,
    exitCode: 2,
  })
}
