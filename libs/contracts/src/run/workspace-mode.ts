// Which files of the operator's a run works on: a copy, the folder itself, or none.

export const WORKSPACE_MODES = ["copy", "bind", "empty"] as const
/** Where the agent finds a copy: at the usual place of every bottle, or at the path of the folder that was copied. */
export const WORKSPACE_PATHS = ["usual", "original"] as const
export type WorkspacePath = (typeof WORKSPACE_PATHS)[number]

export type WorkspaceMode = (typeof WORKSPACE_MODES)[number]
