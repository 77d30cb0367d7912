// The line that installs a package of the system, to be pasted on this host as it stands.

import { findTool } from "./find-tool.ts"

/** The first that a host has is its own; others come as foreign tools beside it. */
const MANAGERS = [
  ["apt-get", "install"],
  ["dnf", "install"],
  ["zypper", "install"],
  ["pacman", "-S"],
  ["apk", "add"],
] as const

export interface InstallHost {
  has(program: string): boolean
  readonly isRoot: boolean
}

export function installLine(packageName: string): string {
  return installLineFor(packageName, {
    has: (program) => findTool(program) !== undefined,
    isRoot: process.getuid?.() === 0,
  })
}

/** Pure. */
export function installLineFor(packageName: string, { has, isRoot }: InstallHost): string {
  const manager = MANAGERS.find(([program]) => has(program))
  if (manager === undefined) return `install ${packageName} with your package manager`
  return [...(isRoot ? [] : ["sudo"]), ...manager, packageName].join(" ")
}
