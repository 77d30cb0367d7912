// Which workspace a launch is to have, from its flags.

import { OperatorProblem } from "@bot-bottle/contracts"

export type WorkspaceMode = "bind" | "copy"

/** The combined meaning of `--workspace` and `--cwd`. */
export function parseWorkspaceFlags(flags: {
  readonly workspace?: string
  readonly cwd?: boolean
}): WorkspaceMode | "empty" {
  const { workspace, cwd } = flags
  if (workspace !== undefined && workspace !== "bind" && workspace !== "copy") {
    throw new OperatorProblem(`invalid --workspace '${workspace}'`, { exitCode: 2, hint: "use bind or copy" })
  }
  if (workspace === "bind" && cwd === true) {
    throw new OperatorProblem("--cwd copies the folder, and --workspace bind does not", {
      exitCode: 2,
      hint: "give one of them",
    })
  }
  return workspace ?? (cwd === true ? "copy" : "empty")
}
