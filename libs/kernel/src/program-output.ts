// A program's stdout and stderr when their reader is slow or gone. A reader that is only late gets all
// of the output before the program exits.

/** As a program that SIGPIPE ends. Bun ignores that signal, so the error arrives at the stream. */
const READER_GONE_EXIT_CODE = 141

/** Ends the program when the reader of a stream has left. A closed terminal does not end it: SIGHUP says so. */
export function endWithReader(...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(READER_GONE_EXIT_CODE)
      if (error.code !== "EIO") throw error
    })
  }
}

/**
 * Resolves once all that was written has left, or nobody can take it any more. Nothing can be written afterwards.
 *
 * Bun hands a pipe what it takes at once and keeps the rest, but reports no waiting bytes: `writableLength` is 0
 * and an empty write calls back at once. Only the end waits (seen with Bun 1.4.5).
 */
export async function finishOutput(...streams: readonly NodeJS.WriteStream[]): Promise<void> {
  await Promise.all(streams.map(finish))
}

function finish(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.destroyed) done()
    stream.once("error", () => done())
    stream.end(() => done())
  })
}
