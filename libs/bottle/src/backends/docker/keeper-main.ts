// The keeper of one container, as a process: its task comes from the launcher in a nameless file.

import { keeperTaskSchema, MAX_KEEPER_TASK } from "@bot-bottle/contracts/messages/keeper-task"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { EXTRA_FD } from "@bot-bottle/guest"
import { keep } from "./keeper.ts"

void main()

async function main(): Promise<never> {
  const task = parseMessage(keeperTaskSchema, await Bun.file(EXTRA_FD).text(), { maxLength: MAX_KEEPER_TASK })
  if (task.outcome === "invalid") throw new Error(`The keeper's task is invalid: ${task.problem}`)
  process.exit(await keep(task.message))
}
