// Where a program of the host lies.

/** Looked for here besides PATH: a root shell's PATH may be short. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

export function findTool(name: string): string | undefined {
  return Bun.which(name, { PATH: SYSTEM_PATH }) ?? Bun.which(name) ?? undefined
}
