// The word on how an action ended, in place of the footer.

import type { Notice, ScreenState } from "../state.ts"

const NOTICE_MS = 5_000

/** Until the action's outcome takes its place. */
export function runningNotice(text: string): Notice {
  return { text, hint: undefined, isProblem: false, untilMs: Number.MAX_SAFE_INTEGER }
}

/** How an action ended: shown for a moment; a problem stays until a key. */
export function noticeOf(
  text: string,
  { nowMs, isProblem, hint }: { nowMs: number; isProblem: boolean; hint?: string },
): Notice {
  return { text, hint, isProblem, untilMs: isProblem ? Number.MAX_SAFE_INTEGER : nowMs + NOTICE_MS }
}

export function refuse(state: ScreenState, text: string, nowMs: number): ScreenState {
  return { ...state, notice: noticeOf(text, { nowMs, isProblem: true }) }
}
