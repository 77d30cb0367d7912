// Which folders an agent may be given to work in directly, and which never: those that hold
// more than a project.

import { homedir, userInfo } from "node:os"
import { OperatorProblem } from "@bot-bottle/contracts"
import { isInside, realpathIfThere, resolveFolder } from "../resolve-folder.ts"

/** Nobody's projects are these folders themselves, or lie in one of the second kind. */
const SYSTEM = [
  "/bin",
  "/home",
  "/lib",
  "/media",
  "/mnt",
  "/opt",
  "/root",
  "/sbin",
  "/srv",
  "/tmp",
  "/usr/local",
  "/var",
  "/var/lib",
  "/var/tmp",
]
const SYSTEM_WHOLLY = [
  "/boot",
  "/dev",
  "/etc",
  "/proc",
  "/run",
  "/sys",
  "/usr/bin",
  "/usr/lib",
  "/usr/sbin",
  "/usr/share",
]

/** The folder, absolute and without links. Throws OperatorProblem when it may not be bound. */
export function checkBindable(path: string, root: string): string {
  const folder = resolveFolder(path)
  const homes = [homedir(), userInfo().homedir].flatMap((home) => realpathIfThere(home) ?? [])
  const own = realpathIfThere(root) ?? root
  if (folder === "/") throw refused(folder, "is the whole host")
  if (homes.some((home) => isInside(home, folder))) throw refused(folder, "holds your home")
  if (isInside(own, folder) || isInside(folder, own)) throw refused(folder, "holds bot-bottle's own files")
  if (SYSTEM.includes(folder) || folder === "/usr" || SYSTEM_WHOLLY.some((one) => isInside(folder, one)))
    throw refused(folder, "belongs to the system")
  return folder
}

function refused(folder: string, why: string): OperatorProblem {
  return new OperatorProblem(`${folder} ${why} and cannot be bound into a bottle`, {
    hint: "run --workspace bind from a project folder, or give the agent a copy with --workspace copy",
  })
}
