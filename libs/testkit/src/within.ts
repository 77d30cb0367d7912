// Waits for an event inside this process, and says what it was when it does not come. Without this a
// test fails by the runner's timeout, which names nothing, and its closers do not run.

import { STAGE_DEADLINE_MS } from "./env.ts"

// Under the runner's own deadline: 5 s for a bare `bun test`, and in a stage the 30 s of the tests that
// give themselves less than their stage does.
const DEADLINE_MS = STAGE_DEADLINE_MS === undefined ? 4_000 : 20_000

/** The value of `event`; throws after `deadlineMs`. `describe` says how far it came. */
export async function within<T>(
  what: string,
  event: Promise<T>,
  {
    deadlineMs = DEADLINE_MS,
    describe = () => "",
  }: { readonly deadlineMs?: number; readonly describe?: () => string } = {},
): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error(`Waited ${deadlineMs} ms in vain for ${what}\n${describe()}`.trimEnd()))
  }, deadlineMs)
  try {
    return await Promise.race([event, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
