// Waits for something outside this process, where no event can tell: a file another process
// writes, a screen, a pid that goes away. Inside the process, await the event instead.

import { STAGE_DEADLINE_MS } from "./env.ts"

const PAUSE_MS = 20
// Under the runner's own deadline, which is 5 s for a bare `bun test` and more for a stage: the test
// then says what it waited for, and its closers run.
const DEADLINE_MS = STAGE_DEADLINE_MS ?? 4_000

/** The first answer of `probe` that is neither undefined nor false; throws after `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  {
    deadlineMs = DEADLINE_MS,
    describe = () => "",
  }: { readonly deadlineMs?: number; readonly describe?: () => string } = {},
): Promise<T> {
  const startedAtMs = performance.now()
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (performance.now() - startedAtMs > deadlineMs) {
      throw new Error(`Waited ${deadlineMs} ms in vain for ${what}\n${describe()}`.trimEnd())
    }
    await Bun.sleep(PAUSE_MS)
  }
}
