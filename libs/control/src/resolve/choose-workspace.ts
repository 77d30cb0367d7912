// Which folder a new run works on, and how: a flag says it, else the bottle, else settings. Where
// nobody says, a Git work tree is copied and every other folder stays outside. Pure.

import type { WorkspaceMode } from "@bot-bottle/contracts"

export interface WorkspaceWishes {
  readonly flag: WorkspaceMode | undefined
  readonly bottle: WorkspaceMode | undefined
  readonly settings: WorkspaceMode | undefined
  /** Where the operator typed the command. */
  readonly cwd: string
  /** Top of the Git work tree that holds `cwd`; undefined outside of one. */
  readonly workTree: string | undefined
  readonly home: string | undefined
}

export interface ChosenWorkspace {
  readonly mode: WorkspaceMode
  /** The folder that is copied or bound; `cwd` when the workspace is empty. */
  readonly folder: string
  /** No limit applies to what a flag named. `default`: nobody said anything. */
  readonly saidBy: "flag" | "manifest" | "default"
}

export type WorkspaceChoice =
  | ({ readonly outcome: "chosen" } & ChosenWorkspace)
  /** Too much for a default: the whole system or the whole home folder. */
  | { readonly outcome: "needs-a-flag"; readonly folder: string }

export function chooseWorkspace(wishes: WorkspaceWishes): WorkspaceChoice {
  const { flag, bottle, settings, cwd, workTree, home } = wishes
  if (flag !== undefined) return { outcome: "chosen", mode: flag, folder: cwd, saidBy: "flag" }
  const said = bottle ?? settings
  const mode = said ?? (workTree === undefined ? "empty" : "copy")
  // A subfolder of a work tree without its Git folder would leave the agent without history.
  const folder = mode === "copy" ? (workTree ?? cwd) : cwd
  if (mode !== "empty" && (folder === "/" || folder === home)) return { outcome: "needs-a-flag", folder }
  return { outcome: "chosen", mode, folder, saidBy: said === undefined ? "default" : "manifest" }
}
