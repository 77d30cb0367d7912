// Describes a bottle that could not be built, once it is removed. The same for every backend; the
// reason is the backend's own text on stderr.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { GuestChannel } from "@bot-bottle/guest"
import { endProcessGroup } from "@bot-bottle/kernel"

/** `findFix`: the command that lets this host build bottles, where that is what it lacks. */
export async function describeBuildFailure(
  channel: GuestChannel,
  findFix: () => Promise<string | undefined>,
): Promise<OperatorProblem> {
  channel.cut()
  await channel.child.exited
  // An orphan would hold stderr open, and this launch with it.
  endProcessGroup(channel.child.pid)
  await channel.stdin.close()
  await channel.stdout.cancel()
  const said = (await new Response(channel.stderr).text()).trim()
  return new OperatorProblem(`No isolation available: the bottle could not be built${said === "" ? "" : `: ${said}`}`, {
    hint: (await findFix()) ?? "bot-bottle doctor says what is missing",
    exitCode: 3,
  })
}
