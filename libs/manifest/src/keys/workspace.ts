// Reads `workspace`: which files of the operator's a run works on, `workspace_path`: where it finds
// them, and `workspace_hide`: which of them it does not see.

import { WORKSPACE_MODES, WORKSPACE_PATHS, type WorkspaceMode, type WorkspacePath } from "@bot-bottle/contracts"
import { listOf, oneOf, type Reader, textAs } from "../yaml/fields.ts"

export const workspace: Reader<WorkspaceMode> = oneOf(WORKSPACE_MODES)

export const workspacePath: Reader<WorkspacePath> = oneOf(WORKSPACE_PATHS)

const MAX_NAME = 255

/** A rule holds at any depth, as the list of names that it changes does. */
export const workspaceHide = listOf(
  textAs("the name of a file or folder, not a path; '*' is any text, and '!' in front shows the name", (text) => {
    const name = text.replace(/^!/, "")
    const isName = name !== "" && name !== "." && name !== ".." && !/[/\0!]/.test(name)
    return isName && Buffer.byteLength(name) <= MAX_NAME ? text : undefined
  }),
)
