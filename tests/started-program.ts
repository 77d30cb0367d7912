// Tells a process of ours by its command line, whether it runs a source or a bundle.

import { GUEST_PROGRAMS, type GuestProgram, HOST_PROGRAMS, type HostProgram } from "@bot-bottle/contracts"

const SOURCES: Readonly<Record<HostProgram | GuestProgram, string>> = { ...HOST_PROGRAMS, ...GUEST_PROGRAMS }
/** In a bottle, its folders stand for themselves. */
const GUEST_SOURCES = "libs/guest/src/"

/** `commandLine`: of /proc, its words apart by zero bytes. */
export function runsProgram(commandLine: string, name: HostProgram | GuestProgram): boolean {
  const source = SOURCES[name].replace(GUEST_SOURCES, "")
  return commandLine.split("\0").some((word) => word.endsWith(`/${source}`) || word.endsWith(`/${name}.js`))
}
