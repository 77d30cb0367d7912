// While one of its runs lives, this host answers the others that share its ledger. It sends what
// happens here, and does what operators on other hosts ask of its runs.

import { isProcessAlive } from "@bot-bottle/kernel"
import type { ActionOutcome, HostCommand, Ledger } from "@bot-bottle/ledger"
import type { ControlHost } from "../host.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { openRun } from "../open-run.ts"

/** An action may be the end of the run that serves: its answer is given first. */
const ANSWER_TIMEOUT_MS = 5_000

/** Does nothing with a ledger of one host. Disposing sends what is left. */
export function serveFleet(host: ControlHost, ledger: Ledger): AsyncDisposable {
  const { fleet } = ledger
  const over = new AbortController()
  const acting = new Set<Promise<void>>()
  const serving = fleet?.serve({
    signal: over.signal,
    self: loadOwnIdentity(),
    isAlive: isProcessAlive,
    onCommand(command) {
      const action = act(host, command)
        .then(
          (): ActionOutcome => ({ outcome: "done" }),
          (error: unknown): ActionOutcome => ({
            outcome: "failed",
            error: error instanceof Error ? error.message : String(error),
          }),
        )
        // Without an answer the command stays open: the next process that serves tries again.
        .then((outcome) => fleet.answer(command.id, outcome))
        .catch(() => undefined)
      acting.add(action)
      void action.then(() => acting.delete(action))
    },
  })
  return {
    async [Symbol.asyncDispose]() {
      await Promise.race([Promise.all(acting), Bun.sleep(acting.size === 0 ? 0 : ANSWER_TIMEOUT_MS)])
      over.abort()
      await serving?.catch(() => undefined)
    },
  }
}

/** In the name of who asked. */
async function act(host: ControlHost, { slug, kind, actor }: HostCommand): Promise<void> {
  await openRun({ ...host, env: { ...host.env, operator: actor } }, slug)[kind]()
}
