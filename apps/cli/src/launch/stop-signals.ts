// The signals that ask a launcher to end its run, heard from before anything is started until
// everything is down.

export const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const
export type StopSignal = keyof typeof STOP_SIGNALS

export function listenForStop(): { readonly asked: Promise<StopSignal> } & Disposable {
  const asked = Promise.withResolvers<StopSignal>()
  const handlers = (Object.keys(STOP_SIGNALS) as StopSignal[]).map((name) => {
    const onSignal = () => asked.resolve(name)
    process.on(name, onSignal)
    return () => process.off(name, onSignal)
  })
  return {
    asked: asked.promise,
    [Symbol.dispose]: () => {
      for (const remove of handlers) remove()
    },
  }
}
