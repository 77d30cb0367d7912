// Whether this host gives us user ids enough: as root, each run's agent has one of its own, outside
// of the bottle too. In a container that was started without root there is often only one.

import { readFileSync } from "node:fs"
import { formatCounted } from "@bot-bottle/contracts"

/** Undefined when there are enough; why not, in words. `text` is that of /proc/self/uid_map. */
export function whyTooFewIds(
  uid: number,
  text: string = readFileSync("/proc/self/uid_map", "utf8"),
): string | undefined {
  const ranges = text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([first, , count]) => (first === undefined || count === undefined ? [] : [{ first, count }]))
  if (ranges.some(({ first, count }) => uid >= first && uid < first + count)) return undefined
  const total = ranges.reduce((sum, { count }) => sum + count, 0)
  const many = formatCounted(total, "user id")
  return `this container has ${many}, and user ${uid}, which an agent of root's needs, is not among them`
}

export const GET_MORE_IDS =
  "run bot-bottle as a user other than root in the container, or start the container with all ids: podman run --uidmap 0:0:4294967295 …, as root"
