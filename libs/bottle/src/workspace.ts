// Copies the operator's folder into a run's workspace.
//
// The copy is made by cp(1), which shares blocks where the file system can. Symlinks stay
// symlinks, so nothing outside the folder is read; nothing of the folder is executed.
//
//   INV-68  A workspace holds files, folders and symlinks: no device, socket or FIFO of the
//           source arrives, and bot-bottle's own root is never copied into a bottle.

import { realpathSync, statSync } from "node:fs"
import { sep } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"

export interface WorkspaceCopy {
  readonly source: string
  /** An existing, empty folder. */
  readonly target: string
  /** bot-bottle's root. */
  readonly root: string
}

export async function copyWorkspace({ source, target, root }: WorkspaceCopy): Promise<void> {
  const folder = resolveFolder(source)
  const own = realpathSync(root)
  if (isInside(own, folder) || isInside(folder, own)) {
    throw new OperatorProblem(`${folder} holds bot-bottle's own files and cannot be a workspace`, {
      hint: "run --cwd from a project folder",
    })
  }
  await run(["cp", "--archive", "--no-target-directory", "--reflink=auto", "--", folder, target], folder)
  await run(
    [
      "find",
      target,
      "-xdev",
      "(",
      "-type",
      "b",
      "-o",
      "-type",
      "c",
      "-o",
      "-type",
      "p",
      "-o",
      "-type",
      "s",
      ")",
      "-delete",
    ],
    folder,
  )
}

function resolveFolder(source: string): string {
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

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

async function run(argv: string[], folder: string): Promise<void> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "pipe" })
  const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited])
  if (exitCode === 0) return
  throw new OperatorProblem(`Cannot copy ${folder} into the bottle: ${stderr.trim().split("\n")[0] ?? ""}`, {
    hint: "check permissions and free space",
  })
}
