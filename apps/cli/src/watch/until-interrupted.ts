// A signal that aborts when the operator or the system asks the process to end.

import { onEndingSignal } from "../ending-signals.ts"

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

export function untilInterrupted(): Interrupt {
  const controller = new AbortController()
  const listener = onEndingSignal(() => controller.abort())
  return { signal: controller.signal, [Symbol.dispose]: () => listener[Symbol.dispose]() }
}
