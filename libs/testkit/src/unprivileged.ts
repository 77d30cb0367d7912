// Runs programs as a user who owns nothing, when the tests themselves run as root.

/** `nobody`, `nogroup`: present on every system, with an entry in /etc/passwd. */
export const UNPRIVILEGED_ID = 65_534

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The same argv under an unprivileged user; unchanged when we are one already. */
export function asUnprivileged(argv: readonly string[]): readonly string[] {
  if (!isRoot()) return argv
  const ids = [`--reuid=${UNPRIVILEGED_ID}`, `--regid=${UNPRIVILEGED_ID}`, "--clear-groups"]
  return ["setpriv", ...ids, "--", ...argv]
}
