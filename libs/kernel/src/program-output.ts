// A program's stdout and stderr when their reader is slow or gone. A reader that is only late gets all
// of the output before the program exits; one that takes nothing does not keep a program that was asked to end.

/** As a program that SIGPIPE ends. Bun ignores that signal, so the error arrives at the stream. */
export const READER_GONE_EXIT_CODE = 141
/** For the rest of the output, once the program was asked to end. */
const OUTPUT_TIMEOUT_MS = 2_000

/**
 * Ends the program when the reader of a stream has left, unless `endsInOrder` says that it ends by itself now. A closed
 * terminal does not end it: SIGHUP says so.
 */
export function endWithReader(endsInOrder: () => boolean, ...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") {
        if (!endsInOrder()) process.exit(READER_GONE_EXIT_CODE)
      } else if (error.code !== "EIO") throw error
    })
  }
}

/**
 * Resolves once all that was written has left, or nobody can take it any more. Later writes are dropped.
 *
 * Bun hands a pipe what it takes at once and keeps the rest, but reports no waiting bytes: `writableLength` is 0
 * and an empty write calls back at once. Only the end waits (seen with Bun 1.4.5).
 */
export async function finishOutput(...streams: readonly NodeJS.WriteStream[]): Promise<void> {
  await Promise.all(streams.map(finish))
}

/** The same, and at the latest a moment after `askedToEnd` has resolved. */
export async function finishOutputOnceAsked(
  askedToEnd: Promise<unknown>,
  ...streams: readonly NodeJS.WriteStream[]
): Promise<void> {
  await Promise.race([finishOutput(...streams), askedToEnd.then(() => Bun.sleep(OUTPUT_TIMEOUT_MS))])
}

function finish(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.destroyed) done()
    stream.once("error", () => done())
    stream.end(() => done())
    // A write after the end would destroy the stream, and all that waits in it.
    stream.write = () => true
  })
}
