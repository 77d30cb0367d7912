// Progress of a long step: a moving line for a person, one plain line a stage otherwise.

import type { Screen } from "./screen.ts"

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
const FRAME_MS = 80

export interface Progress extends Disposable {
  say(stage: string): void
}

/** Nothing is written until the first stage: a step that was quick stays silent. */
export function openProgress(screen: Screen): Progress {
  if (process.stderr.isTTY !== true) {
    let last = ""
    return {
      say: (stage) => {
        if (stage !== last) screen.note(`bot-bottle: ${stage}`)
        last = stage
      },
      [Symbol.dispose]: () => {},
    }
  }

  let stage = ""
  let frame = 0
  let timer: Timer | undefined
  const draw = () => process.stderr.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${stage}`)
  return {
    say: (next) => {
      stage = next
      timer ??= setInterval(draw, FRAME_MS)
      draw()
    },
    [Symbol.dispose]: () => {
      if (timer === undefined) return
      clearInterval(timer)
      process.stderr.write("\r\x1b[2K")
    },
  }
}
