// When the ledger is looked at again: when somebody says so, and by itself after a pause. One look
// at a time; a word that comes during one leads to another.

export interface AnswerPoll {
  /** Looks now. Never rejects. */
  look(): Promise<void>
  /** Looks after so long. The sooner look stands. */
  schedule(inMs: number): void
  close(): void
}

export interface AnswerPollOptions {
  readonly read: () => Promise<void>
  /** After a look that failed. */
  readonly retryMs: () => number
  readonly reportFailure: (error: unknown) => void
}

export function createAnswerPoll({ read, retryMs, reportFailure }: AnswerPollOptions): AnswerPoll {
  let next: { readonly timer: Timer; readonly atMs: number } | undefined
  let looking: Promise<void> | undefined
  let isAskedAgain = false
  let isOver = false

  function schedule(inMs: number): void {
    const atMs = performance.now() + inMs
    if (isOver || (next !== undefined && next.atMs <= atMs)) return
    clearTimeout(next?.timer)
    next = { atMs, timer: setTimeout(() => void look(), inMs).unref() }
  }

  async function lookOnce(): Promise<void> {
    clearTimeout(next?.timer)
    next = undefined
    try {
      do {
        isAskedAgain = false
        await read()
      } while (isAskedAgain && !isOver)
    } catch (error) {
      reportFailure(error)
      schedule(retryMs())
    } finally {
      looking = undefined
    }
  }

  function look(): Promise<void> {
    if (isOver) return Promise.resolve()
    if (looking === undefined) looking = lookOnce()
    else isAskedAgain = true
    return looking
  }

  return {
    look,
    schedule,
    close() {
      isOver = true
      clearTimeout(next?.timer)
    },
  }
}
