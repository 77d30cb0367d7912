// Which files of the operator's a run works on: a copy, the folder itself, or none.

export const WORKSPACE_MODES = ["copy", "bind", "empty"] as const
export type WorkspaceMode = (typeof WORKSPACE_MODES)[number]
