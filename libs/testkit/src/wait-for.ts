// Waits for something outside this process, where no event can tell: a file another process
// writes, a screen, a pid that goes away. Inside the process, await the event instead.

const PAUSE_MS = 20

/** The first answer of `probe` that is neither undefined nor false; throws after `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { deadlineMs = 10_000, describe = () => "" }: { readonly deadlineMs?: number; readonly describe?: () => string } = {},
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
