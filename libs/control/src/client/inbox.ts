// Messages that have arrived, for one reader that takes them in order.

export interface Inbox<Message> {
  put(message: Message): void
  end(): void
  /** The reader gets the messages that arrived before, then this error. */
  fail(error: Error): void
  readonly messages: AsyncIterable<Message>
}

export function createInbox<Message>(): Inbox<Message> {
  const waiting: Message[] = []
  let wake = Promise.withResolvers<void>()
  let end: { readonly error: Error | undefined } | undefined
  const notify = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const finish = (error: Error | undefined) => {
    end ??= { error }
    notify()
  }
  return {
    put(message) {
      waiting.push(message)
      notify()
    },
    end: () => finish(undefined),
    fail: finish,
    messages: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const next = wake.promise
          for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) yield message
          if (end?.error !== undefined) throw end.error
          if (end !== undefined) return
          await next
        }
      },
    },
  }
}
