// Which folders are never copied into a bottle: bot-bottle's own, and those that hold it.

import { OperatorProblem } from "@bot-bottle/contracts"
import { isInside, realpathIfThere, resolveFolder } from "../resolve-folder.ts"

/** The folder, absolute and without links. Throws OperatorProblem when it may not be copied. */
export function checkCopyable(source: string, root: string): string {
  const folder = resolveFolder(source)
  const own = realpathIfThere(root) ?? root
  if (isInside(own, folder) || isInside(folder, own)) {
    throw new OperatorProblem(`${folder} holds bot-bottle's own files and cannot be a workspace`, {
      hint: "run --cwd from a project folder",
    })
  }
  return folder
}
