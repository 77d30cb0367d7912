// Progress of a long step: a moving line for a person, one plain line a stage otherwise. The moving
// line counts the seconds, so that a wait does not look like a hang.

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
  let since = 0
  let frame = 0
  let timer: Timer | undefined
  const draw = () => {
    const width = process.stderr.columns || Infinity
    const line = `${FRAMES[frame++ % FRAMES.length]} ${stage}${formatElapsed(performance.now() - since)}`
    process.stderr.write(`\r\x1b[2K${Bun.sliceAnsi(line, 0, width - 1, "…")}`)
  }
  return {
    say: (next) => {
      if (next !== stage) since = performance.now()
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

const QUIET_MS = 300
/** Where no line moves, a step says so once, and only when a reader of the log would wonder. */
const LOGGED_MS = 2_000

/** Shows that `work` is under way once it takes long. The work must not hold up the event loop. */
export async function showProgress<T>(screen: Screen, stage: string, work: Promise<T>): Promise<T> {
  using progress = openProgress(screen)
  const timer = setTimeout(() => progress.say(stage), process.stderr.isTTY === true ? QUIET_MS : LOGGED_MS)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

function formatElapsed(ms: number): string {
  return ms < LOGGED_MS ? "" : ` · ${Math.floor(ms / 1000)} s`
}
