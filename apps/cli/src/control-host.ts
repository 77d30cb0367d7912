// This command line as a caller of libs/control: events become lines on stderr, long steps a
// moving line.

import type { ControlEvent, ControlHost } from "@bot-bottle/control"
import type { Host } from "./host.ts"
import { describeEvent } from "./messages/describe-event.ts"
import type { ReportReader } from "./messages/describe-report.ts"
import { describeStep } from "./messages/describe-step.ts"
import { openProgress, type Progress } from "./terminal/progress.ts"

export interface HostOptions {
  /** Nobody looks: the process that started this one says that the run started. */
  readonly isBackground?: true
  /** The agent has the terminal: a note of ours is shown once the run has ended. */
  readonly notesAreHeld?: boolean
  /** Told of every event besides. */
  readonly onEvent?: (event: ControlEvent) => void
}

export function controlHost(
  { env, screen }: Host,
  { isBackground, notesAreHeld, onEvent }: HostOptions = {},
): ControlHost {
  let progress: Progress | undefined
  const describe = (event: ControlEvent, reads?: ReportReader["reads"]) =>
    isBackground && event.kind === "run-started" ? [] : describeEvent(event, reads)
  const say = (line: string) => screen.note(`bot-bottle: ${line}`)
  return {
    env,
    // For the transcript, which is followed while the run runs.
    describe: (event) => describe(event),
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
      for (const line of describe(event, notesAreHeld ? "after its end" : "while it runs")) say(line)
    },
  }
}
