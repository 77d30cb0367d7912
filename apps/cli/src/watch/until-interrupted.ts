// A signal that aborts when the operator or the system asks the process to end.

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

export function untilInterrupted(): Interrupt {
  const controller = new AbortController()
  const abort = () => controller.abort()
  for (const name of ENDING) process.on(name, abort)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of ENDING) process.off(name, abort)
    },
  }
}
