// Waits for something outside this process, where no event can tell: a file another process
// writes, a screen, a pid that goes away. Inside the process, await the event instead.

const PAUSE_MS = 20
// Under bun test's own 5 s: the test then says what it waited for, and its closers run.
const DEADLINE_MS = 4_000

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
