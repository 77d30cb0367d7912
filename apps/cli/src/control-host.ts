// This command line as a caller of libs/control: events become lines on stderr, long steps a
// moving line.

import type { ControlEvent, ControlHost } from "@bot-bottle/control"
import type { Host } from "./host.ts"
import { describeEvent } from "./messages/describe-event.ts"
import { describeStep } from "./messages/describe-step.ts"
import { openProgress, type Progress } from "./terminal/progress.ts"

export interface HostOptions {
  /** Lines are held back from the start of the run until its end: a full-screen agent owns the terminal. */
  readonly holdsLines?: true
  /** Nobody looks: the process that started this one says that the run started. */
  readonly isBackground?: true
  /** Told of every event besides. */
  readonly onEvent?: (event: ControlEvent) => void
}

export function controlHost(
  { env, screen }: Host,
  { holdsLines, isBackground, onEvent }: HostOptions = {},
): ControlHost {
  let progress: Progress | undefined
  let held: string[] | undefined
  const describe = (event: ControlEvent) => (isBackground && event.kind === "run-started" ? [] : describeEvent(event))
  const say = (line: string) => screen.note(`bot-bottle: ${line}`)
  return {
    env,
    describe,
    notify(event) {
      onEvent?.(event)
      const step = describeStep(event)
      if (step.outcome === "stage") {
        progress ??= openProgress(screen)
        return progress.say(step.stage)
      }
      if (step.outcome === "over") {
        progress?.[Symbol.dispose]()
        progress = undefined
        return
      }
      if (holdsLines && event.kind === "run-started") held = []
      const lines = holdsLines && isKnownAtTerminal(event) ? [] : describe(event)
      if (held !== undefined && event.kind !== "run-ended") return void held.push(...lines)
      for (const line of [...(held ?? []), ...lines]) say(line)
      held = undefined
    },
  }
}

/** The preflight has said it, or the agent on the screen says it by being there. */
function isKnownAtTerminal({ kind }: ControlEvent): boolean {
  return kind === "login-ends" || kind === "run-started"
}
