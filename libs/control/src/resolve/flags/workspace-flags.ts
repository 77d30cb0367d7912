// Which workspace the flags of a start ask for.

import { OperatorProblem, type WorkspaceMode } from "@bot-bottle/contracts"

/** Undefined when no flag says. Throws OperatorProblem for flags that contradict each other. */
export function parseWorkspaceFlags(flags: {
  readonly workspace?: WorkspaceMode
  readonly cwd?: boolean
  readonly empty?: boolean
}): WorkspaceMode | undefined {
  const { workspace, cwd, empty } = flags
  const asked: readonly (WorkspaceMode | undefined)[] = [
    workspace,
    cwd === true ? "copy" : undefined,
    empty === true ? "empty" : undefined,
  ]
  const modes = [...new Set(asked.filter((mode) => mode !== undefined))]
  if (modes.length <= 1) return modes[0]
  throw new OperatorProblem(`the flags ask for two workspaces: ${modes.join(" and ")}`, {
    exitCode: 2,
    hint: "give one of --cwd, --empty and --workspace",
  })
}
