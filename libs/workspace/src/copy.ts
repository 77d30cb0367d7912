// The door for a start that copies a folder: without diff, apply and bind mode.

export { copyWorkspace, type WorkspaceCopy } from "./copy/copy-workspace.ts"
