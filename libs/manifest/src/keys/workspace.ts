// Reads `workspace`: which files of the operator's a run works on.

import { WORKSPACE_MODES, type WorkspaceMode } from "@bot-bottle/contracts"
import { oneOf, type Reader } from "../yaml/fields.ts"

export const workspace: Reader<WorkspaceMode> = oneOf(WORKSPACE_MODES)
