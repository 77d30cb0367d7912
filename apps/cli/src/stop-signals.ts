// The signals that ask this process to end its run, as an AbortSignal. They are heard from before
// anything is started until everything is down.

import { StopRequest } from "@bot-bottle/control"

const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export function listenForStop(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const handlers = Object.entries(STOP_SIGNALS).map(([name, number]) => {
    const onSignal = () => controller.abort(new StopRequest(name, 128 + number))
    process.on(name, onSignal)
    return () => process.off(name, onSignal)
  })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const remove of handlers) remove()
    },
  }
}
