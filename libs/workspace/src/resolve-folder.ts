// A folder the operator named, as the kernel knows it.

import { realpathSync, statSync } from "node:fs"
import { sep } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"

/** Absolute and without links. Throws OperatorProblem when it is not a folder. */
export function resolveFolder(source: string): string {
  let folder: string
  try {
    folder = realpathSync(source)
  } catch (error) {
    throw new OperatorProblem(`Workspace ${source} cannot be read`, {
      hint: "run --cwd from an existing folder",
      cause: error,
    })
  }
  if (!statSync(folder).isDirectory()) throw new OperatorProblem(`Workspace ${source} is not a folder`)
  return folder
}

export function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined // a home that does not exist cannot be in the way
  }
}

/** Both without links. A folder is inside itself. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
