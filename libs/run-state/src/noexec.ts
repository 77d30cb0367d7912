// Whether programs may run from a folder. A run's home and workspace lie in bot-bottle's own, and an
// agent on a file system without that right fails at its first build.

import { readFileSync } from "node:fs"

/** `mountinfo` is the text of /proc/self/mountinfo; `path` is absolute and without links. */
export function isNoexec(path: string, mountinfo: string = readFileSync("/proc/self/mountinfo", "utf8")): boolean {
  let nearest = { point: "", options: "" }
  for (const line of mountinfo.split("\n")) {
    const [, , , , point = "", options = ""] = line.split(" ")
    const place = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const holds = place === "/" || `${path}/`.startsWith(`${place}/`)
    // Of two at one place the later one counts.
    if (place !== "" && holds && place.length >= nearest.point.length) nearest = { point: place, options }
  }
  return nearest.options.split(",").includes("noexec")
}
